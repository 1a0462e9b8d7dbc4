// SPDX-License-Identifier: MIT
#include "control/logs.hpp"

#include <algorithm>

namespace berth::host::control {
namespace {

constexpr std::size_t default_lines = 100;
constexpr std::size_t lines_max = 10'000;

}  // namespace

void answer_logs(log::Ring& ring, const Request& request, const Reply& reply, std::int64_t now_ms) {
    const auto& arguments = request.arguments;
    log::Ring::Filter filter;
    filter.project = arguments.value("project", std::string());
    filter.level = log::level_of(arguments.value("level", std::string("info")));
    if (arguments.contains("since_ms")) {
        const auto age = arguments["since_ms"].get<std::uint64_t>();
        const auto oldest = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ms, 0));
        filter.since_ms = now_ms - static_cast<std::int64_t>(std::min<std::uint64_t>(age, oldest));
    }
    // With an age and no number, everything of that age is wanted.
    const std::size_t most = arguments.value("lines", filter.since_ms ? lines_max : default_lines);
    for (const auto& record : ring.last(filter, std::min(most, lines_max)))
        reply.more({{"record", log::json_of(record)}});
    if (!arguments.value("follow", false)) return reply.ok();

    filter.since_ms.reset();
    const auto reader = ring.follow(filter, [reply](const log::Record& record) {
        reply.more({{"record", log::json_of(record)}});
    });
    reply.when_gone([&ring, reader] { ring.forget(reader); });
}

}  // namespace berth::host::control
