// SPDX-License-Identifier: MIT
#include "cli/project_table.hpp"

#include <algorithm>
#include <ostream>

#include "base/clock.hpp"
#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/table.hpp"
#include "log/render.hpp"

namespace berth::host::cli {
namespace {

/// What the table has no room for: the last error, and that the library is gone.
void print_notes(const nlohmann::json& project, std::ostream& out) {
    const std::string name = text_at(project, "name");
    if (const std::string words = drain_words(project); !words.empty()) out << log::escaped(name + ": " + words) << '\n';
    if (project.value("file_gone", false)) {
        out << log::escaped(name + ": file gone: " + text_at(project, "file") +
                            " is no longer there; the project runs on until `berth rescan`")
            << '\n';
    }
    std::string error = text_at(project, "last_error");
    const std::string first_run = first_run_words(project);
    if (!first_run.empty() && !error.ends_with(first_run)) out << log::escaped(name + ": " + first_run) << '\n';
    if (error.empty()) return;
    const std::string about = "project " + name + ": ";
    if (error.starts_with(about)) error.erase(0, about.size());
    out << log::escaped(name + ": last error " + duration_text(since(project, "last_error_at_ms")) + " ago: " + error) << '\n';
}

}  // namespace

std::string drain_words(const nlohmann::json& row) {
    const auto drain = row.find("drain");
    if (drain == row.end() || !drain->is_object()) return {};
    const auto left = std::max<std::int64_t>(0, static_cast<std::int64_t>(count_at(*drain, "ends_at_ms")) - wall_clock_ms());
    return "clients are sent away, the last one in " + duration_text(std::chrono::milliseconds(left));
}

std::string first_run_words(const nlohmann::json& row) {
    const std::string error = text_at(row, "first_run_error");
    return error.empty() ? error : "the first run of its global service failed: " + error;
}

void print_projects(const nlohmann::json& projects, Terminal& terminal) {
    Table table({{.name = "PROJECT", .may_shrink = true},
                 {.name = "STATE"},
                 {.name = "CLIENTS", .is_right = true},
                 {.name = "IN", .is_right = true, .rank = 2},
                 {.name = "OUT", .is_right = true, .rank = 2},
                 {.name = "UPTIME", .rank = 3},
                 {.name = "CRASHES", .is_right = true, .rank = 4},
                 {.name = "VERSION", .may_shrink = true, .rank = 5}});
    for (const auto& project : projects) {
        table.add({text_at(project, "name"), text_at(project, "state"),
                   std::to_string(count_at(project, "clients")),
                   std::to_string(count_at(project, "messages_in")),
                   std::to_string(count_at(project, "messages_out")),
                   count_at(project, "pid") == 0 && text_at(project, "isolation") != "none"
                       ? "-"
                       : duration_text(since(project, "started_at_ms")),
                   std::to_string(count_at(project, "crashes")), text_at(project, "version")});
    }
    table.print(terminal.out(), terminal.manners().width, terminal.manners().colour);
    for (const auto& project : projects) print_notes(project, terminal.out());
}

}  // namespace berth::host::cli
