// SPDX-License-Identifier: MIT
#include "gateway/transport/library_log.hpp"

#include <libwebsockets.h>

#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "base/mutex.hpp"

namespace berth::host::transport {
namespace {

/// One for the process, as the library's log function is. Never destroyed: threads may log at the end.
struct SharedLimit {
    Mutex mutex;
    LineLimit limit BERTH_GUARDED_BY(mutex);
};

SharedLimit& shared_limit() {
    static auto* limit = new SharedLimit;
    return *limit;
}

void write_line(int level, const char* text) {
    std::uint64_t suppressed = 0;
    {
        SharedLimit& shared = shared_limit();
        const MutexLock lock(shared.mutex);
        if (!shared.limit.allow(Clock::now(), suppressed)) return;
    }
    std::string_view line(text);
    while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    const auto severity = level == LLL_ERR ? log::Level::error : log::Level::warning;
    if (suppressed > 0) {
        log::write(severity, "libwebsockets", {{"text", line}, {"suppressed", suppressed}});
    } else {
        log::write(severity, "libwebsockets", {{"text", line}});
    }
}

}  // namespace

bool LineLimit::allow(TimePoint now, std::uint64_t& suppressed) {
    if (now - second_begins_ >= std::chrono::seconds(1)) {
        second_begins_ = now;
        in_this_second_ = 0;
    }
    if (in_this_second_ == lines_per_second) {
        ++suppressed_;
        return false;
    }
    ++in_this_second_;
    suppressed = std::exchange(suppressed_, 0);
    return true;
}

void connect_library_log() {
    lws_set_log_level(LLL_ERR | LLL_WARN, write_line);
}

}  // namespace berth::host::transport
