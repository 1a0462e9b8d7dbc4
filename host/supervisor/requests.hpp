// SPDX-License-Identifier: MIT
/// Requests to a child that wait for its reply.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "base/timers.hpp"

namespace berth::host::supervisor {

/// Numbers requests and finds whose reply a message is. Each callback is called exactly once: with the reply, or with
/// an error when it does not come in time or the child has gone.
class Requests {
public:
    using Then = std::function<void(Result<nlohmann::json>)>;

    explicit Requests(Timers& timers) : timers_(timers) {}
    /// Calls nobody.
    ~Requests() = default;

    /// Sets the message's "request" and remembers who waits. `whom` names the child in sentences.
    void add(nlohmann::json& message, Milliseconds limit, const std::string& whom, Then then);
    /// A message of type "reply". One that nobody waits for (any more) is dropped.
    void reply(const nlohmann::json& message);
    /// The child has gone.
    void fail_all(const Error& error);
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    struct Waiting {
        Then then;
        std::unique_ptr<Timer> timer;
    };
    void finish(std::uint64_t number, Result<nlohmann::json> result);

    Timers& timers_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, Waiting> waiting_;
};

}  // namespace berth::host::supervisor
