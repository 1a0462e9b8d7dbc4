// SPDX-License-Identifier: MIT
#include "client/reconnect_policy.hpp"

#include <algorithm>

#include "client/retry_after.hpp"

namespace berth::client::inner {

namespace {

/// 2 to this times any delay is beyond every ceiling that makes sense.
constexpr std::uint32_t doublings_max = 30;

bool is_passing(std::uint16_t http_status) {
    switch (http_status) {
        case 408:
        case 425:
        case 429:
        case 500:
        case 502:
        case 503:
        case 504:
            return true;
        default:
            return false;
    }
}

bool is_passing_close(std::uint16_t code) {
    namespace close_code = wire::close_code;
    return code == close_code::going_away || code == close_code::no_status || code == close_code::abnormal ||
           (code >= close_code::internal_error && code <= close_code::bad_gateway);
}

}  // namespace

bool is_worth_another(const End& end) {
    if (!end.failure) return is_passing_close(end.code) || hint_in_reason(end.reason).has_value();
    switch (end.failure->status) {
        case BERTH_CLIENT_REFUSED:
            return is_passing(end.failure->http_status);
        case BERTH_CLIENT_TIMEOUT:
        case BERTH_CLIENT_UNRESOLVED:
        case BERTH_CLIENT_UNREACHABLE:
        case BERTH_CLIENT_LOST:
        case BERTH_CLIENT_NO_RESOURCES:
            return true;
        default:
            return false;
    }
}

std::optional<Milliseconds> asked_delay(const End& end) {
    if (end.failure && end.failure->retry_after) return end.failure->retry_after;
    return hint_in_reason(end.reason);
}

void ReconnectPolicy::opened(TimePoint now) noexcept {
    opened_at_ = now;
    was_open_ = true;
    attempts_ = 0;
}

std::optional<Milliseconds> ReconnectPolicy::next_delay(const End& end, TimePoint now, double fraction) {
    if (opened_at_ && now - *opened_at_ >= stable_after) doublings_ = 0;
    opened_at_.reset();

    if (!settings_.is_on || (!was_open_ && !settings_.first) || !is_worth_another(end)) return std::nullopt;
    if (settings_.attempts_max != 0 && attempts_ >= settings_.attempts_max) return std::nullopt;
    ++attempts_;

    const auto longest = static_cast<double>(settings_.delay_max.count());
    const auto doubled = static_cast<double>(settings_.delay.count()) * static_cast<double>(1u << doublings_);
    if (doublings_ < doublings_max) ++doublings_;
    const Milliseconds jitter{static_cast<Milliseconds::rep>(std::min(doubled, longest) * fraction)};
    return asked_delay(end).value_or(Milliseconds{0}) + jitter;
}

}  // namespace berth::client::inner
