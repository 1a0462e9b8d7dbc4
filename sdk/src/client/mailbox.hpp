// SPDX-License-Identifier: MIT
/// What the program's threads and the connection's own thread share: messages both ways, and where the
/// connection is.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/clock.hpp"
#include "client/failure.hpp"
#include "client/settings.hpp"
#include "client/waiter.hpp"
#include "wire/frame.hpp"
#include "wire/frame_parser.hpp"

namespace berth::client::inner {

struct Letter {
    wire::MessageKind kind = wire::MessageKind::text;
    std::string payload;
};

/// A queue of messages with a bound on bytes and number; each message costs some bytes more than it has, so
/// that empty ones are not free.
class Letters {
public:
    void push(Letter letter);
    void push_front(Letter letter);
    [[nodiscard]] Letter pop();
    [[nodiscard]] const Letter& front() const noexcept { return letters_.front(); }
    [[nodiscard]] bool empty() const noexcept { return letters_.empty(); }
    [[nodiscard]] std::size_t count() const noexcept { return letters_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }  ///< with what they cost
    [[nodiscard]] std::size_t payload_bytes() const noexcept;
    void clear() noexcept;
    [[nodiscard]] static std::size_t cost(std::size_t payload_bytes) noexcept {
        return payload_bytes + overhead;
    }

private:
    static constexpr std::size_t overhead = 64;

    std::deque<Letter> letters_;
    std::size_t bytes_ = 0;
};

/// A wish to end the connection.
struct CloseRequest {
    std::uint16_t code = 0;
    std::string reason;
};

/// [any thread] unless it says otherwise. One lock, held for a few lines; nobody is called under it.
class Mailbox {
public:
    /// `waiter` is the thread's; it must outlive this. `keeps_messages`: they are read, not handed to a
    /// callback.
    Mailbox(const Settings& settings, bool keeps_messages, Waiter& waiter);

    // For the program. `until` in the past means: do not wait.
    berth_client_status write(wire::MessageKind kind, std::string_view payload, TimePoint until);
    /// `makes_room` is asked with the message's length before it is taken; false leaves it, NO_RESOURCES.
    berth_client_status read(
        Letter& to, TimePoint until,
        const std::function<bool(std::size_t)>& makes_room = [](std::size_t) { return true; });
    void close(std::uint16_t code, std::string_view reason);
    /// Waits until it has been open, or has ended; answers whether it has been open. If not it never will: whatever is under way
    /// is given up, and a connection that is made at this very moment is dropped.
    bool wait_open(TimePoint until);
    berth_client_status wait_end(End& to, TimePoint until);
    [[nodiscard]] bool is_open() const;
    [[nodiscard]] std::string subprotocol() const;
    [[nodiscard]] std::size_t unsent_bytes() const;

    // For the connection's thread.
    /// False: nobody waits for it any more.
    [[nodiscard]] bool opened(const std::string& subprotocol);
    /// Either side has begun to close, or the connection is lost: the end of this one is near.
    void leaving();
    /// The connection is lost and will be made again: what was not begun stays only as an offline queue.
    void interrupted();
    void ended(const End& end);
    /// The next message to send.
    std::optional<Letter> next_letter();
    /// Letters that were taken, in their order, and not begun to be sent: they come first again.
    void take_back(std::vector<Letter> letters);
    /// Bytes that were taken and are not sent yet.
    void set_in_flight(std::size_t bytes);
    /// A message has come; `pause` when no more should be read. What comes after a wish to close is dropped.
    wire::Flow deliver(wire::MessageKind kind, std::string_view payload);
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] std::optional<CloseRequest> close_request() const;
    [[nodiscard]] bool is_closing() const;

private:
    enum class Phase : std::uint8_t { connecting, open, leaving, interrupted, ended };

    [[nodiscard]] bool is_receive_full() const;
    /// Whether a message of that length can be queued now; one that fits an empty queue exactly is let in.
    [[nodiscard]] bool fits(std::size_t payload_bytes) const;

    const std::size_t receive_bytes_max_, receive_messages_max_, send_bytes_max_;
    const std::size_t offline_bytes_max_, offline_messages_max_;
    const bool reconnects_, keeps_messages_;
    Waiter& waiter_;

    mutable std::mutex mutex_;  ///< guards all that follows
    std::condition_variable changed_;
    Phase phase_ = Phase::connecting;
    bool was_open_ = false;
    bool is_given_up_ = false;  ///< before it was open
    Letters received_;
    Letters to_send_;
    std::size_t in_flight_ = 0;
    std::optional<CloseRequest> close_;
    std::string subprotocol_;
    End end_;
};

}  // namespace berth::client::inner
