// SPDX-License-Identifier: MIT
#include "gateway/transport/descriptor_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/unique_fd.hpp"

namespace berth::host::transport {
namespace {

/// One more than the lowest free descriptor: the limit may not fall below what is open.
Result<rlim_t> lowest_possible() {
    const UniqueFd probe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!probe) return fail_errno("open /dev/null", errno);
    return static_cast<rlim_t>(probe.get()) + 1;
}

}  // namespace

Result<std::size_t> set_descriptor_limit(std::size_t need) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("getrlimit RLIMIT_NOFILE", errno);
    const auto lowest = lowest_possible();
    if (!lowest) return tl::unexpected<Error>(lowest.error());

    const rlim_t wanted = std::max<rlim_t>(need, *lowest);
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("setrlimit RLIMIT_NOFILE", errno);
    if (limit.rlim_cur < wanted) {
        return fail(Code::system,
                    "open descriptors: " + std::to_string(wanted) + " are needed, the hard limit is " +
                        std::to_string(limit.rlim_max) +
                        "; raise it (ulimit -Hn, or LimitNOFILE of the unit) or lower limits.connections");
    }
    return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1u << 30));
}

}  // namespace berth::host::transport
