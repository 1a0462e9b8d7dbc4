// SPDX-License-Identifier: MIT
#include "supervisor/usable_memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace berth::host::supervisor {
namespace {

/// 0 stands for no limit, in and out.
std::uint64_t less_of(std::uint64_t a, std::uint64_t b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

/// "max", or a number of bytes.
std::uint64_t limit_in(const std::filesystem::path& file) {
    std::uint64_t bytes = 0;
    return std::ifstream(file) >> bytes ? bytes : 0;
}

std::uint64_t machine_memory() {
    const long pages = ::sysconf(_SC_PHYS_PAGES), page_bytes = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && page_bytes > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes) : 0;
}

}  // namespace

std::uint64_t control_group_memory(const std::filesystem::path& membership, const std::filesystem::path& root) {
    std::ifstream lines(membership);
    constexpr std::string_view version_2 = "0::/";
    std::uint64_t least = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(version_2)) continue;
        // Within a container the path may be one that it does not see; what bounds it is at its own root then.
        std::filesystem::path group = root;
        const auto look_at = [&] { least = less_of(least, less_of(limit_in(group / "memory.max"), limit_in(group / "memory.high"))); };
        look_at();
        for (const auto& part : std::filesystem::path(line.substr(version_2.size()))) {
            group /= part;
            look_at();
        }
    }
    return least;
}

std::uint64_t usable_memory() { return less_of(machine_memory(), control_group_memory("/proc/self/cgroup", "/sys/fs/cgroup")); }

}  // namespace berth::host::supervisor
