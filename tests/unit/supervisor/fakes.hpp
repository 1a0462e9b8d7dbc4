// SPDX-License-Identifier: MIT
/// A clock, children and background work that the test drives.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/client_id.hpp"
#include "base/timers.hpp"
#include "link/slot_table.hpp"
#include "supervisor/background.hpp"
#include "supervisor/child.hpp"

namespace berth::test {

/// Time that passes when the test says so.
class FakeTimers final : public host::Timers {
public:
    [[nodiscard]] host::TimePoint now() const override { return now_; }
    [[nodiscard]] Id after(host::Milliseconds delay, std::function<void()> callback) override;
    void cancel(Id id) override;

    /// Runs what is due within `time`, in order, each at its moment.
    void pass(host::Milliseconds time);
    /// Time passes without a chance to run anything; what came due runs at its end.
    void sleep_through(host::Milliseconds time);
    [[nodiscard]] std::size_t waiting() const { return timers_.size(); }

private:
    host::TimePoint now_ = host::TimePoint{} + std::chrono::hours{1};
    std::map<std::pair<host::TimePoint, Id>, std::function<void()>> timers_;
    Id next_ = 1;
};

/// Runs everything at once.
class InlineBackground final : public host::supervisor::Background {
public:
    void run(std::function<void()> work, std::function<void()> then) override {
        work();
        then();
    }
};

class FakeChildren;

/// What the test knows of one child, alive or not.
struct FakeProcess {
    host::supervisor::ChildSpec spec;
    host::supervisor::Child::Handlers handlers;
    std::vector<nlohmann::json> received;  ///< messages that the supervisor sent
    std::vector<std::size_t> fds;          ///< how many descriptors came with each
    std::vector<int> signals;
    std::string reason;
    bool is_hung_up = false;
    bool is_destroyed = false;
    bool has_exited = false;
    std::optional<host::link::SlotTable> slots{};  ///< of a worker, from its `init` on

    /// The child says something; an answer to a step has that step's number.
    void says(nlohmann::json message);
    void says(const char* type) { says(nlohmann::json{{"type", type}}); }
    /// A handler of that client runs in a worker, on the thread that a signal killed, or (0) on one that it did not.
    void runs(host::ClientId client, int signal = 0);
    void exits(int code = 0) { end({.code = code, .reason = reason}); }
    void dies(int signal) { end({.signal = signal, .reason = reason}); }
    /// How often it got a message of that type.
    [[nodiscard]] std::size_t got(const std::string& type) const;
    /// The last message of that type; null when there was none.
    [[nodiscard]] nlohmann::json last(const std::string& type) const;
    /// Answers the last request of that type.
    void replies(const std::string& type, nlohmann::json body);

private:
    void end(const host::supervisor::ExitStatus& status) {
        has_exited = true;
        const auto exited = handlers.exited;
        exited(status);
    }
};

class FakeChildren final : public host::supervisor::Children {
public:
    host::Result<std::unique_ptr<host::supervisor::Child>> start(const host::supervisor::ChildSpec& spec,
                                                                 host::supervisor::Child::Handlers handlers) override;

    /// Children of that kind in the order of their starts.
    [[nodiscard]] std::vector<std::shared_ptr<FakeProcess>> all(const std::string& process) const;
    /// The newest of that kind; the test fails when there is none.
    [[nodiscard]] FakeProcess& newest(const std::string& process) const;
    [[nodiscard]] std::size_t count(const std::string& process) const { return all(process).size(); }

    /// The next start fails with this sentence.
    std::string next_failure;

private:
    std::vector<std::shared_ptr<FakeProcess>> processes_;
};

}  // namespace berth::test
