// SPDX-License-Identifier: MIT
#include "client/session.hpp"

#include <algorithm>

#include "wire/frame_writer.hpp"

namespace berth::client::inner {

namespace {

/// How long the server may take to end the connection after both close frames.
constexpr std::int64_t linger_ms_max = 1000;

/// Pongs that wait for a server that does not read them, and how much other output they wait behind.
constexpr std::size_t waiting_pong_bytes_max = 256 * 1024;
constexpr std::size_t long_output_bytes = 64 * 1024;

/// Fragments of a message that a server may send; the bound on its bytes is the one that matters.
constexpr std::uint32_t fragments_max = 1u << 20;

}  // namespace

Session::Session(const Limits& limits, Random& random, Deliver deliver, TimePoint now)
    : limits_(limits),
      random_(random),
      deliver_(std::move(deliver)),
      parser_(wire::Role::client,
              {.message_bytes_max = limits.message_bytes_max, .fragments_max = fragments_max}),
      now_(now),
      heard_at_(now) {}

std::size_t Session::receive(std::span<char> bytes, TimePoint now) {
    now_ = now;
    heard_at_ = now;
    pinged_at_.reset();
    return parser_.consume(bytes, *this);
}

void Session::pause(bool paused, TimePoint now) noexcept {
    if (paused_ && !paused) {
        heard_at_ = now;
        pinged_at_.reset();
    }
    paused_ = paused;
}

void Session::write(wire::MessageKind kind, std::string_view payload) {
    const auto opcode = kind == wire::MessageKind::text ? wire::Opcode::text : wire::Opcode::binary;
    wire::append_frame(output_, opcode, payload, random_.key());
}

void Session::hurry(TimePoint now) noexcept {
    end_by_ = std::min(end_by_, after(now, limits_.close_timeout_ms));
}

void Session::close(std::uint16_t code, std::string_view reason, TimePoint now) {
    if (state_ != State::open) return;
    wire::append_close(output_, code, reason, random_.key());
    state_ = State::closing;
    hurry(now);
}

void Session::lost(std::string_view how) {
    if (state_ == State::open || state_ == State::closing) {
        end_ = End::broken({.status = BERTH_CLIENT_LOST, .text = std::string{how}});
    }
    state_ = State::over;
}

void Session::tick(TimePoint now) {
    now_ = now;
    if (state_ == State::over) return;
    if (now >= end_by_) {
        if (state_ != State::lingering) {
            end_ = End::broken({.status = BERTH_CLIENT_TIMEOUT,
                                .text = "the server did not answer the close within " +
                                        std::to_string(limits_.close_timeout_ms) + " ms"});
        }
        state_ = State::over;
        return;
    }
    if (limits_.ping_interval_ms == 0 || paused_ || state_ != State::open) return;
    if (pinged_at_) {
        if (now < after(*pinged_at_, limits_.pong_timeout_ms)) return;
        lost("the server has not answered a ping for " + std::to_string(limits_.pong_timeout_ms) + " ms");
    } else if (now >= after(heard_at_, limits_.ping_interval_ms)) {
        wire::append_frame(output_, wire::Opcode::ping, {}, random_.key());
        pinged_at_ = now;
    }
}

TimePoint Session::due() const noexcept {
    if (limits_.ping_interval_ms == 0 || paused_ || state_ != State::open) return end_by_;
    return std::min(end_by_, pinged_at_ ? after(*pinged_at_, limits_.pong_timeout_ms)
                                        : after(heard_at_, limits_.ping_interval_ms));
}

std::string& Session::output() {
    if (output_.size() < long_output_bytes && state_ == State::open) {
        output_ += pongs_;
        pongs_.clear();
    }
    return output_;
}

bool Session::wants_input() const noexcept {
    return pongs_.size() < waiting_pong_bytes_max || !is_open();
}

wire::Flow Session::message(const wire::Message& message) {
    // What comes after we have begun to close is of no interest any more.
    return state_ == State::open ? deliver_(message.kind, message.payload) : wire::Flow::go_on;
}

wire::Flow Session::ping(std::string_view payload) {
    if (state_ == State::open) wire::append_frame(pongs_, wire::Opcode::pong, payload, random_.key());
    return wants_input() ? wire::Flow::go_on : wire::Flow::pause;
}

wire::Flow Session::pong(std::string_view) {
    return wire::Flow::go_on;
}

void Session::closed(std::uint16_t code, std::string_view reason) {
    end_ = {.code = code, .is_clean = true, .reason = std::string{reason}};
    if (state_ == State::open) {
        // RFC 6455 §5.5.1: the answer usually echoes the code. One that only servers may send is answered by
        // 1000.
        const bool echo = code == wire::close_code::no_status || wire::may_be_sent(code, wire::Role::client);
        wire::append_close(output_, echo ? code : wire::close_code::normal, {}, random_.key());
    }
    linger();
}

void Session::failed(wire::FrameError error) {
    end_ = {.code = error.code,
            .failure = Failure{.status = BERTH_CLIENT_PROTOCOL,
                               .text = "the server broke a rule: " + std::string{error.sentence}}};
    if (state_ == State::open) wire::append_close(output_, error.code, error.sentence, random_.key());
    linger();
}

void Session::linger() {
    state_ = State::lingering;
    const std::int64_t limit = limits_.close_timeout_ms;
    end_by_ = std::min(end_by_, after(now_, limit < 0 ? linger_ms_max : std::min(limit, linger_ms_max)));
}

}  // namespace berth::client::inner
