// SPDX-License-Identifier: MIT
#include "gateway/offenders.hpp"

#include <algorithm>

namespace berth::host::gateway {

void Offenders::forget_old(TimePoint now) {
    for (auto entry = records_.begin(); entry != records_.end();) {
        Record& record = entry->second;
        std::erase_if(record.offences, [&](TimePoint offence) { return now - offence >= shut_out; });
        const bool is_over = record.offences.empty() && record.until <= now;
        entry = is_over ? records_.erase(entry) : std::next(entry);
    }
    while (records_.size() > records_max) {
        const auto oldest = std::min_element(records_.begin(), records_.end(), [](const auto& a, const auto& b) {
            const auto last = [](const Record& record) {
                return record.offences.empty() ? record.until - shut_out : record.offences.back();
            };
            return last(a.second) < last(b.second);
        });
        records_.erase(oldest);
    }
}

bool Offenders::note(const std::string& project, const Who& who, TimePoint now) {
    const MutexLock lock(mutex_);
    Record& record = records_[{project, who}];
    record.offences.push_back(now);
    std::erase_if(record.offences, [&](TimePoint offence) { return now - offence >= shut_out; });
    const bool is_user = std::holds_alternative<std::string>(who);
    const bool is_shut_out = record.offences.size() >= (is_user ? offences_of_user_max : offences_of_address_max);
    if (is_shut_out) {
        record.until = now + shut_out;
        record.offences.clear();
    }
    forget_old(now);
    return is_shut_out;
}

Milliseconds Offenders::remaining(const std::string& project, const Who& who, TimePoint now) {
    const MutexLock lock(mutex_);
    if (records_.empty()) return Milliseconds(0);
    const auto found = records_.find({project, who});
    if (found == records_.end() || found->second.until <= now) return Milliseconds(0);
    return std::chrono::ceil<Milliseconds>(found->second.until - now);
}

}  // namespace berth::host::gateway
