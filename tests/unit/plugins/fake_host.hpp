// SPDX-License-Identifier: MIT
/// A stand-in for the host: one thread, a queue, and a record of what a project sent.
#pragma once

#include <berth/berth.h>
#include <berth/ext/config.h>
#include <berth/ext/request.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "unit/plugins/fake_db.hpp"

namespace berth::test {

/// Loads a project's library and drives it through the lifecycle of the contract (ABI: semantics of the
/// contract). Procedures wait in one queue that `settle` empties. Sends are recorded per client.
class FakeHost {
public:
    /// Loads, makes the global service's context and runs the global service once.
    explicit FakeHost(const char* library, std::map<std::string, std::string> settings = {},
                      std::string database = ":memory:");
    /// Disconnects everybody, stops, unloads.
    ~FakeHost();
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    /// A client connects (`query` as in "watch=A&watch=B"), and everything that follows is run.
    berth_client_id connect(std::string_view query = {});
    /// A client sends a message, and everything that follows is run; the status of the event.
    berth_status text(berth_client_id client, std::string_view text);
    berth_status buffer(berth_client_id client, std::string_view bytes);
    /// A client goes, and everything that follows is run.
    void disconnect(berth_client_id client);
    /// One run of the global service, and everything that follows.
    berth_status run_global_service();
    /// A procedure as an administrator executes it; its status.
    berth_status execute(berth_client_id in, std::string_view procedure, std::vector<berth_value> args);

    /// What a client was sent since the last call.
    std::vector<std::string> sent(berth_client_id client) { return std::exchange(sent_[client], {}); }
    /// The same as JSON.
    std::vector<nlohmann::json> heard(berth_client_id client);
    /// The sentence of the last failure.
    [[nodiscard]] const std::string& error() const { return error_; }
    [[nodiscard]] const berth_project& project() const { return *project_; }
    [[nodiscard]] FakeDb& database() { return database_; }

private:
    struct Context;
    struct Call {
        berth_client_id in;
        std::string procedure;
        std::vector<berth_value> args;
        std::vector<std::string> texts;  ///< what args borrow from
    };
    struct Table;  ///< the functions of the host's table

    berth_status message(berth_client_id client, std::uint32_t type, std::string_view bytes);
    Context& create(berth_client_id client);
    void settle();
    berth_status run(const Call& call);

    FakeDb database_;
    std::map<std::string, std::string> settings_;
    berth_host table_{};
    berth_config config_{};
    berth_request request_{};
    void* library_ = nullptr;
    const berth_project* project_ = nullptr;
    void* object_ = nullptr;
    std::map<berth_client_id, std::unique_ptr<Context>> contexts_;
    std::deque<Call> queue_;
    std::map<berth_client_id, std::vector<std::string>> sent_;
    std::string error_;
    berth_client_id next_client_ = 0x0100'0000'0000'0001u;
};

/// Parameters for `execute`.
inline berth_value text_value(std::string_view text) {
    berth_value value{};
    value.type = BERTH_TEXT;
    value.as.bytes = {text.data(), text.size()};
    return value;
}
inline berth_value real_value(double real) {
    berth_value value{};
    value.type = BERTH_REAL;
    value.as.real = real;
    return value;
}

}  // namespace berth::test
