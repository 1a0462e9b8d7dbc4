// SPDX-License-Identifier: MIT
/// A connection as the program holds it: its thread, its callbacks, its attempts one after the other.
#pragma once

#include <berth/client.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "client/exchange.hpp"
#include "client/lookup.hpp"
#include "client/mailbox.hpp"
#include "client/reconnect_policy.hpp"
#include "client/tls_context.hpp"

namespace berth::client::inner {

/// Made by `start`, ended by `release`; in between any thread may use `mailbox`.
class Connection {
public:
    /// What the program asked for. Without `events` messages are kept for reading.
    struct Plan {
        Settings settings;
        wire::Url url;
        TlsContext tls;  ///< for a secure URL
        berth_client_events events{};
        TimePoint give_up_at = never;  ///< no attempt goes beyond it until there has been a connection
    };

    /// Starts the thread. Throws std::system_error when there is none to be had.
    static Connection* start(Plan plan);
    /// See berth_client_release. On a thread of the library it does not wait: the connection's own thread
    /// frees it. A connection of another process only loses its descriptors here: its thread is not in this
    /// process, and its locks may be held for ever.
    static void release(Connection* connection);

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] Mailbox& mailbox() noexcept { return mailbox_; }
    [[nodiscard]] bool is_on_own_thread() const noexcept {
        return std::this_thread::get_id() == thread_.get_id();
    }
    [[nodiscard]] bool is_of_this_process() const noexcept;

private:
    enum class Stage : std::uint8_t { held, released, ended };

    explicit Connection(Plan plan);
    ~Connection() = default;

    void run();
    End attempt();
    End talk(Opened opened);
    [[nodiscard]] TimePoint give_up_at() const noexcept { return has_been_open_ ? never : plan_.give_up_at; }
    [[nodiscard]] bool pause(Milliseconds delay);
    wire::Flow deliver(wire::MessageKind kind, std::string_view payload);
    void finish(const End& end);
    [[nodiscard]] berth_client_connection* handle() noexcept;

    const Plan plan_;
    const pid_t process_;
    Waiter waiter_;
    Random random_;           ///< the thread's
    ReconnectPolicy policy_;  ///< the thread's
    Mailbox mailbox_;
    Lookup lookup_;                 ///< the thread's
    std::atomic<int> socket_ = -1;  ///< for a child that gives up its copy; forgotten before it is closed
    bool has_been_open_ = false;    ///< the thread's
    /// Whoever comes second, the thread at its end or a callback that releases, has to free all this.
    std::atomic<Stage> stage_ = Stage::held;
    std::mutex start_;  ///< held until `thread_` is set
    std::thread thread_;
};

}  // namespace berth::client::inner
