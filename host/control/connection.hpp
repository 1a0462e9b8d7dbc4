// SPDX-License-Identifier: MIT
/// One peer of the control socket: its buffers, its deadline, and the request it waits for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/handler.hpp"

namespace berth::host::control {

enum class Access { viewer, administrator };

/// Bytes in, lines out, lines in, bytes out. Knows nothing of verbs; the server drives it. [server's thread]
class Connection {
public:
    struct Limits {
        std::size_t request_bytes_max;
        std::size_t output_bytes_max;
        std::chrono::milliseconds request_timeout;
        std::chrono::milliseconds idle_timeout;
    };

    /// `wake` makes the server take a turn; called when a line was put.
    Connection(UniqueFd fd, Peer peer, Access access, const Limits& limits, std::function<void()> wake);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const Peer& peer() const { return peer_; }
    [[nodiscard]] Access access() const { return access_; }

    /// Reads what is there, as far as the limit lets it.
    void receive();
    /// The next whole request, without its newline; nothing while a reply is under way. The end of the
    /// stream ends a line too.
    std::optional<std::string> next_line();
    /// Whether the line that has begun is longer than a request may be.
    [[nodiscard]] bool is_too_long() const;
    /// A request was handed on: nothing more is read until its last line was put.
    void begin_reply() { is_busy_ = true; }
    /// Appends a line and writes what the socket takes. A peer that does not read is broken off.
    void put(std::string_view line, bool is_last);
    /// Appends a line, then closes when it has been written.
    void put_and_close(std::string_view line);
    void when_gone(std::function<void()> call) { when_gone_ = std::move(call); }
    void flush();
    /// The peer has gone or broke a rule; the server removes the connection at its next turn.
    void break_off();

    /// Whether nothing is left to do with this connection.
    [[nodiscard]] bool is_over() const;
    [[nodiscard]] bool is_broken() const { return is_broken_; }
    /// The epoll events that matter now.
    [[nodiscard]] std::uint32_t interest() const;
    /// When the peer must have done something; nothing: it may take its time.
    [[nodiscard]] std::optional<TimePoint> deadline() const;
    /// Whether the deadline is that of a request which is not complete.
    [[nodiscard]] bool has_begun_request() const { return !is_busy_ && !is_closing_ && !input_.empty(); }

private:
    UniqueFd fd_;
    const Peer peer_;
    const Access access_;
    const Limits limits_;
    const std::function<void()> wake_;
    std::string input_;
    std::size_t searched_ = 0;  ///< so many bytes of it hold no newline
    std::string output_;
    TimePoint request_begun_;
    TimePoint last_active_;
    std::function<void()> when_gone_;
    bool is_busy_ = false;
    bool is_at_end_ = false;
    bool is_closing_ = false;
    bool is_broken_ = false;
};

}  // namespace berth::host::control
