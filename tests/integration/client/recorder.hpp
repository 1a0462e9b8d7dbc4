// SPDX-License-Identifier: MIT
/// Writes down what a connection's callbacks tell, for a test to wait for.
#pragma once

#include <berth/client.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "support/deadline.hpp"

namespace berth::test {

/// Options with the defaults, to be changed.
inline berth_client_options default_client_options() {
    berth_client_options options;
    berth_client_options_init(&options, sizeof options);
    options.connect_timeout_ms = 10000 * patience;
    return options;
}

/// Must outlive its connection.
class Recorder {
public:
    /// Runs in the callback, before the line is written down.
    using Hook = std::function<void(const std::string& line, berth_client_connection*)>;

    explicit Recorder(Hook hook = {}) : hook_(std::move(hook)) {}

    [[nodiscard]] berth_client_events events() {
        berth_client_events table{};
        table.user = this;
        table.opening = [](void* self, berth_client_connection* c) { of(self).note(c, "opening"); };
        table.message = [](void* self, berth_client_connection* c, std::int32_t kind, const char* data,
                           std::size_t size) {
            of(self).note(c, (kind == BERTH_CLIENT_TEXT ? "text " : "buffer ") + std::string(data, size));
        };
        table.closing = [](void* self, berth_client_connection* c, std::uint16_t code, const char* reason) {
            of(self).note(c, "closing " + std::to_string(code) + " " + reason);
        };
        table.error = [](void* self, berth_client_connection* c, const berth_client_error* error) {
            of(self).note(c, "error " + std::to_string(error->status) + " " + error->text);
        };
        table.interrupted = [](void* self, berth_client_connection* c, const berth_client_end* end,
                               std::int64_t ms) {
            of(self).delays_.push_back(ms);
            of(self).note(c, "interrupted " + std::to_string(end->code));
        };
        table.resumed = [](void* self, berth_client_connection* c) { of(self).note(c, "resumed"); };
        return table;
    }

    /// Waits until a line begins so, so many times.
    [[nodiscard]] bool hears(const std::string& line, int times = 1, Deadline deadline = Deadline::usual()) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::milliseconds{deadline.left_ms()}, [&] {
            return std::count_if(lines_.begin(), lines_.end(),
                                 [&](const std::string& each) { return each.starts_with(line); }) >= times;
        });
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock{mutex_};
        return lines_;
    }
    /// Of the interruptions; when the connection has ended.
    [[nodiscard]] const std::vector<std::int64_t>& delays() const { return delays_; }
    /// Two callbacks ran at once.
    [[nodiscard]] bool overlapped() const { return overlapped_; }

private:
    static Recorder& of(void* self) { return *static_cast<Recorder*>(self); }

    void note(berth_client_connection* connection, const std::string& line) {
        if (inside_.exchange(true)) overlapped_ = true;
        if (hook_) hook_(line, connection);
        inside_ = false;
        // Notified under the lock: whoever waits may destroy this as soon as it has it.
        const std::lock_guard lock{mutex_};
        lines_.push_back(line);
        changed_.notify_all();
    }

    Hook hook_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
    std::vector<std::int64_t> delays_;
    std::atomic<bool> inside_ = false;
    std::atomic<bool> overlapped_ = false;
};

}  // namespace berth::test
