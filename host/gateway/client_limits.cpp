// SPDX-License-Identifier: MIT
// The limits that an open client is held to: rates, times, silence, memory. Each hit is counted.
#include <algorithm>

#include "base/assert.hpp"
#include "gateway/client.hpp"
#include "gateway/limit_names.hpp"
#include "gateway/retry_hint.hpp"
#include "wire/close_code.hpp"

namespace berth::host::gateway {
namespace {

/// What a client may do at once, in seconds of its rate.
constexpr double message_burst_s = 2;
constexpr double control_burst_s = 10;

Rate rate_of(double per_second, double burst_s) { return {per_second, per_second * burst_s}; }

/// What the counter of a rule is called whose breach a close code tells.
std::string_view limit_of(std::uint16_t code) {
    if (code == wire::close_code::message_too_big) return "message";
    if (code == wire::close_code::policy_violation) return "fragments";
    return code == wire::close_code::invalid_payload ? "utf8" : "protocol";
}

}  // namespace

void Client::count_limit(std::string_view limit) {
    BERTH_ASSERT(is_limit_name(limit));
    if (generation_) {
        ++figures().limit_hits[std::string(limit)];
    } else {
        host_.count_limit(limit);
    }
}

void Client::close_for_backlog() {
    if (is_leaving()) return;
    count_limit("backlog");
    close(wire::close_code::try_again_later, link::Cause::limit, "backlog full", retry_after_backlog_s);
}

void Client::failed(wire::FrameError error) {
    count_limit(limit_of(error.code));
    tell_gone(error.code, link::Cause::limit, error.sentence);
    outbox_.push_close(error.code, error.sentence);
    end();
}

void Client::watch_message_time() {
    if (!parser_.is_amid_message() || state_ != State::open) {
        message_began_.reset();
    } else if (!message_began_) {
        message_began_ = host_.now();
        wake_by(*message_began_ + rules().message_time);
    }
}

bool Client::keeps_rate(std::size_t bytes) {
    const ProjectRules& rule = rules();
    if (rule.messages_per_second == 0 && rule.bytes_per_second == 0) return true;
    if (!rates_) rates_ = std::make_unique<MessageRates>();
    const TimePoint now = host_.now();
    Milliseconds wait{0};
    bool is_calm = true;
    const auto count = [&](TokenBucket& bucket, double per_second, double amount) {
        if (per_second == 0) return;
        const Rate rate = rate_of(per_second, message_burst_s);
        wait = std::max(wait, bucket.spend(now, rate, amount));
        is_calm = is_calm && bucket.level() - amount < rate.at_once / 2;
    };
    count(rates_->messages, rule.messages_per_second, 1);
    count(rates_->bytes, static_cast<double>(rule.bytes_per_second), static_cast<double>(bytes));
    if (is_calm) held_back_since_.reset();
    if (wait == Milliseconds::zero()) return true;
    count_limit("message-rate");
    if (!held_back_since_) held_back_since_ = now;
    if (now >= *held_back_since_ + rule.held_back) {
        close(wire::close_code::policy_violation, link::Cause::limit, "too many messages");
        return true;  // What still comes is dropped.
    }
    held_back_until_ = now + wait;
    wake_by(held_back_until_);
    return false;
}

bool Client::is_control_flood() {
    if (state_ != State::open) return false;
    const auto per_second = static_cast<double>(rules().control_frames);
    if (per_second == 0 || control_rate_.take(host_.now(), rate_of(per_second, control_burst_s))) return false;
    count_limit("control-frames");
    tell_gone(wire::close_code::policy_violation, link::Cause::limit, "too many control frames");
    outbox_.push_close(wire::close_code::policy_violation, "too many control frames");
    end();
    return true;
}

std::uint64_t Client::shed() {
    if (state_ != State::open) return 0;
    constexpr std::string_view reason = "the server is short of memory";
    const std::uint64_t before = unfinished_bytes() + host_.frames().held_bytes();
    count_limit("memory");
    give_credit(outbox_.drop_messages());
    tell_gone(wire::close_code::try_again_later, link::Cause::limit, reason);
    outbox_.push_close(wire::close_code::try_again_later, with_retry_hint(reason, retry_after_backlog_s));
    // The rest of what it was sending would be gathered again while its close frame is awaited; so it is dropped.
    end();
    parser_ = wire::FrameParser(wire::Role::server);
    compression_.reset();
    if (connection_.is_reading_paused()) connection_.resume_reading();
    return before - std::min<std::uint64_t>(before, host_.frames().held_bytes());
}

/// Pings, misses answers, ends idle clients, and sets the timer to when there is something to look at again.
void Client::check_alive() {
    const TimePoint now = host_.now();
    const ProjectRules& rule = rules();
    std::optional<TimePoint> due;
    const auto look_at = [&](TimePoint time) { due = due ? std::min(*due, time) : time; };
    if (rule.ping.count() > 0) {
        if (connection_.is_reading_paused()) {
            // Its answers wait unread. A reset and the blocked-write limit still end it.
            ping_sent_.reset();
            look_at(now + rule.ping);
        } else {
            if (ping_sent_ && last_heard_ >= *ping_sent_) ping_sent_.reset();
            if (ping_sent_ && now >= *ping_sent_ + rule.pong) {
                count_limit("pong");
                tell_gone(wire::close_code::abnormal, link::Cause::network, "no answer to a ping");
                connection_.abort();
                leave();
                return;
            }
            if (!ping_sent_ && now >= last_heard_ + rule.ping) {
                outbox_.push_ping({});
                ping_sent_ = now;
                want_flush();
            }
            look_at(ping_sent_ ? *ping_sent_ + rule.pong : last_heard_ + rule.ping);
        }
    }
    if (rule.idle.count() > 0) {
        if (now >= last_message_ + rule.idle) {
            count_limit("idle");
            close(wire::close_code::policy_violation, link::Cause::limit, "idle for too long");
            return;
        }
        look_at(last_message_ + rule.idle);
    }
    if (message_began_ && !connection_.is_reading_paused()) {
        if (now >= *message_began_ + rule.message_time) {
            count_limit("message-time");
            tell_gone(wire::close_code::policy_violation, link::Cause::limit, "a message took too long");
            outbox_.push_close(wire::close_code::policy_violation, "a message took too long");
            end();
            return;
        }
        look_at(*message_began_ + rule.message_time);
    }
    if (now < held_back_until_) {
        look_at(held_back_until_);
    } else {
        update_reading();
    }
    if (due) host_.wheel().start(*this, *due);
}

}  // namespace berth::host::gateway
