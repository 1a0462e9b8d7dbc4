// SPDX-License-Identifier: MIT
#include "supervisor/certificate_dates.hpp"

#include "base/log.hpp"

namespace berth::host::supervisor {
namespace {

constexpr std::int64_t day_ms = 24 * 3600 * 1000;
constexpr std::int64_t warning_days = 14;
constexpr std::int64_t alarm_days = 3;

}  // namespace

std::int64_t days_left(std::int64_t expires_at_ms, std::int64_t now_ms) {
    const std::int64_t left = expires_at_ms - now_ms;
    return left >= 0 ? left / day_ms : -((-left + day_ms - 1) / day_ms);
}

void CertificateDates::look(const std::vector<HostFacts::Listening>& listeners, std::int64_t now_ms) {
    for (const auto& listener : listeners) {
        if (listener.certificate_expires_at_ms == 0) continue;
        const std::int64_t days = days_left(listener.certificate_expires_at_ms, now_ms);
        if (days > warning_days) continue;
        Told& told = told_[listener.address];
        if (told.expires_at_ms == listener.certificate_expires_at_ms && now_ms - told.at_ms < day_ms) continue;
        told = {listener.certificate_expires_at_ms, now_ms};
        log::write(days > alarm_days ? log::Level::warning : log::Level::error,
                   days < 0 ? "certificate has expired" : "certificate expires soon",
                   {{"listener", listener.address}, {"days_left", days}, {"remedy", "renew it; the host takes the new files in by itself"}});
    }
}

}  // namespace berth::host::supervisor
