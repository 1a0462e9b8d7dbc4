// SPDX-License-Identifier: MIT
#include "cli/format.hpp"

#include <fmt/format.h>

#include <array>

namespace berth::host::cli {

std::string duration_text(std::chrono::milliseconds duration) {
    struct Unit {
        std::int64_t ms;
        std::string_view name;
    };
    constexpr std::array units{Unit{86'400'000, "d"}, Unit{3'600'000, "h"}, Unit{60'000, "min"},
                               Unit{1000, "s"}};
    const std::int64_t ms = duration.count();
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (ms < units[i].ms) continue;
        std::string text = fmt::format("{} {}", ms / units[i].ms, units[i].name);
        if (i + 1 == units.size()) return text;
        const std::int64_t rest = ms % units[i].ms / units[i + 1].ms;
        return rest == 0 ? text : fmt::format("{} {} {}", text, rest, units[i + 1].name);
    }
    return fmt::format("{} ms", ms);
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    if (unit == 0 || value >= 100 || bytes % (1ULL << (10 * unit)) == 0)
        return fmt::format("{:.0f} {}", value, units[unit]);
    return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string counted(std::uint64_t number, std::string_view noun) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace berth::host::cli
