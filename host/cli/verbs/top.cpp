// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <ostream>
#include <thread>

#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/progress.hpp"
#include "cli/rates.hpp"
#include "cli/table.hpp"
#include "cli/verbs/verbs.hpp"
#include "cli/watch.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds every_default{2'000};

struct Sample {
    json stats;
    Clock::time_point when;
};

control::Answer<Sample> sample(control::Client& client, Terminal& terminal) {
    auto stats = ask(client, terminal, {{"verb", "stats"}});
    if (!stats) return tl::unexpected(stats.error());
    return Sample{std::move(*stats), Clock::now()};
}

double number_at(const json& row, const char* key) {
    const auto found = row.find(key);
    return found != row.end() && found->is_number() ? found->get<double>() : 0;
}

std::string rate_text(const json& row, const char* key) {
    const double rate = number_at(row, key);
    return rate > 0 && rate < 10 ? fmt::format("{:.1f}", rate) : fmt::format("{:.0f}", rate);
}

std::string count_text(const json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() || found->is_null() ? "-" : std::to_string(count_at(row, key));
}

std::string event_text(const json& row) {
    const auto found = row.find("event_ms");
    if (found == row.end() || !found->is_number()) return "-";
    const double ms = found->get<double>();
    return ms < 10 ? fmt::format("{:.2f} ms", ms) : duration_text(std::chrono::milliseconds(static_cast<long>(ms)));
}

void print(const json& rates, std::ostream& out, const Terminal::Manners& manners) {
    out << fitted("berth " + text_at(rates, "version") + ", " + (rates.value("ready", false) ? "ready" : "not ready") + ", " +
                      std::to_string(count_at(rates, "clients")) + " of " +
                      std::to_string(count_at(rates, "clients_limit")) + " clients, over " +
                      fmt::format("{:.1f} s", number_at(rates, "seconds")),
                  manners.width > 0 ? manners.width : std::string::npos)
        << "\n\n";
    Table table({{.name = "PROJECT", .may_shrink = true},
                 {.name = "STATE", .rank = 6},
                 {.name = "CLIENTS", .is_right = true},
                 {.name = "IN/S", .is_right = true},
                 {.name = "OUT/S", .is_right = true},
                 {.name = "RECEIVED/S", .is_right = true, .rank = 4},
                 {.name = "SENT/S", .is_right = true, .rank = 4},
                 {.name = "EVENTS/S", .is_right = true, .rank = 5},
                 {.name = "EVENT", .is_right = true, .rank = 1},
                 {.name = "BUSY", .is_right = true, .rank = 3},
                 {.name = "QUEUED", .is_right = true, .rank = 2},
                 {.name = "BACKLOG", .is_right = true, .rank = 7},
                 {.name = "ERRORS/S", .is_right = true, .rank = 8}});
    for (const auto& row : rates["projects"]) {
        table.add({text_at(row, "name"), text_at(row, "state"), count_text(row, "clients"), rate_text(row, "messages_in_per_s"),
                   rate_text(row, "messages_out_per_s"), bytes_text(static_cast<std::uint64_t>(number_at(row, "bytes_in_per_s"))),
                   bytes_text(static_cast<std::uint64_t>(number_at(row, "bytes_out_per_s"))), rate_text(row, "events_per_s"),
                   event_text(row), count_text(row, "busy"), count_text(row, "queued"),
                   bytes_text(count_at(row, "backlog_bytes")), rate_text(row, "errors_per_s")});
    }
    table.print(out, manners.width, manners.colour);
}

int run(const Arguments& arguments, Terminal& terminal) {
    const auto every = arguments.duration("every").value_or(every_default);
    if (every < 100ms) return terminal.fail(exit_usage, "top: --every must be 100 ms or more");
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    auto last = sample(*client, terminal);
    if (!last) return terminal.fail(last.error());
    const Draw draw = [&](std::ostream& out) {
        auto now = sample(*client, terminal);
        if (!now) return terminal.fail(now.error());
        const json rates = rates_between(last->stats, now->stats, std::chrono::duration<double>(now->when - last->when).count());
        *last = std::move(*now);
        if (terminal.manners().json) {
            out << rates.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
        } else {
            print(rates, out, terminal.manners());
        }
        return int{exit_done};
    };
    {
        const Progress progress(terminal, "taking two samples", 0ms);
        std::this_thread::sleep_for(std::min(every, every_default / 2));
    }
    if (arguments.has("once")) return draw(terminal.out());
    return watch(terminal, every, draw);
}

}  // namespace

Verb top() {
    return {.name = "top",
            .group = "the host",
            .summary = "What the projects are doing: clients, rates, queues, times; again and again.",
            .description =
                "Rates are those between two samples. EVENT is the mean time of an event or procedure, BUSY the events\n"
                "that run, QUEUED the contexts that wait for their turn, BACKLOG what waits for slow clients.\n"
                "Ctrl-C ends it.",
            .positionals = {},
            .options = {{.name = "once", .value = "", .help = "One picture of the next second, for scripts."},
                        {.name = "every",
                         .value = "TIME",
                         .help = "Between two pictures; default 2 s.",
                         .kind = Kind::duration}},
            .examples = {{"berth top --once --json | jq '.projects[].messages_in_per_s'", "messages a second"}},
            .run = run};
}

}  // namespace berth::host::cli::verbs
