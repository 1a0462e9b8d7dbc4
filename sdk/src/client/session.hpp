// SPDX-License-Identifier: MIT
/// One open connection as a matter of bytes and time, without sockets, threads or a clock of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/clock.hpp"
#include "client/failure.hpp"
#include "client/random.hpp"
#include "wire/frame_parser.hpp"

namespace berth::client::inner {

/// Frames in and out, pings, the closing handshake. Bytes from the server go in, whole messages come out by
/// `Deliver`, bytes for the server gather in `output`. [one thread]
class Session final : private wire::FrameSink {
public:
    struct Limits {
        std::size_t message_bytes_max = 0;
        std::int64_t close_timeout_ms = 0;  ///< negative: none
        std::int64_t ping_interval_ms = 0;  ///< of silence; 0: no pings
        std::int64_t pong_timeout_ms = 0;
    };
    /// Gets a whole message; `pause` keeps what follows it from being read for now.
    using Deliver = std::function<wire::Flow(wire::MessageKind, std::string_view)>;

    Session(const Limits& limits, Random& random, Deliver deliver, TimePoint now);

    /// Takes bytes, which it may change, and answers how many: the rest is to be given again, first, later.
    std::size_t receive(std::span<char> bytes, TimePoint now);
    /// What came is not read at the moment: the server's silence means nothing.
    void pause(bool paused, TimePoint now) noexcept;

    void write(wire::MessageKind kind, std::string_view payload);  ///< only while open
    /// From now on the end must come within the close time-out.
    void hurry(TimePoint now) noexcept;
    /// Sends a close frame; does nothing unless open.
    void close(std::uint16_t code, std::string_view reason, TimePoint now);
    /// The connection has ended or broken, as the sentence says; nothing more will be sent.
    void lost(std::string_view how);
    /// Does what is due.
    void tick(TimePoint now);
    [[nodiscard]] TimePoint due() const noexcept;

    /// For the server; whoever sends some of it erases that.
    [[nodiscard]] std::string& output();
    [[nodiscard]] bool is_open() const noexcept { return state_ == State::open; }
    /// A server that makes us answer and does not take the answers is not read any more.
    [[nodiscard]] bool wants_input() const noexcept;
    /// Nothing is left to do or to wait for.
    [[nodiscard]] bool is_over() const noexcept { return state_ == State::over; }
    /// How it ended; once over.
    [[nodiscard]] const End& end() const noexcept { return end_; }

private:
    enum class State : std::uint8_t {
        open,
        closing,    ///< our close frame is out, the server's is awaited
        lingering,  ///< all is said; the server ends the connection (RFC 6455 §7.1.1), or a short time passes
        over
    };

    wire::Flow message(const wire::Message& message) override;
    wire::Flow ping(std::string_view payload) override;
    wire::Flow pong(std::string_view payload) override;
    void closed(std::uint16_t code, std::string_view reason) override;
    void failed(wire::FrameError error) override;
    void linger();

    Limits limits_;
    Random& random_;
    Deliver deliver_;
    wire::FrameParser parser_;
    std::string output_;
    std::string
        pongs_;  ///< wait behind a long output; their number is the server's doing, so they are bounded
    End end_;
    TimePoint now_;                       ///< of the call under way
    TimePoint heard_at_;                  ///< the server's last byte
    std::optional<TimePoint> pinged_at_;  ///< and no byte since
    TimePoint end_by_ = never;
    State state_ = State::open;
    bool paused_ = false;
};

}  // namespace berth::client::inner
