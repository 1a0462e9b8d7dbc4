// SPDX-License-Identifier: MIT
#include "cli/project_table.hpp"

#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/table.hpp"

namespace berth::host::cli {

void print_projects(const nlohmann::json& projects, Terminal& terminal) {
    Table table({{.name = "PROJECT"},
                 {.name = "STATE"},
                 {.name = "CLIENTS", .is_right = true},
                 {.name = "IN", .is_right = true, .rank = 2},
                 {.name = "OUT", .is_right = true, .rank = 2},
                 {.name = "UPTIME", .rank = 3},
                 {.name = "CRASHES", .is_right = true, .rank = 4},
                 {.name = "VERSION", .may_shrink = true, .rank = 5},
                 {.name = "LAST ERROR", .may_shrink = true, .rank = 1}});
    for (const auto& project : projects) {
        table.add({text_at(project, "name"), text_at(project, "state"),
                   std::to_string(count_at(project, "clients")),
                   std::to_string(count_at(project, "messages_in")),
                   std::to_string(count_at(project, "messages_out")),
                   count_at(project, "pid") == 0 && text_at(project, "isolation") != "none"
                       ? "-"
                       : duration_text(since(project, "started_at_ms")),
                   std::to_string(count_at(project, "crashes")), text_at(project, "version"),
                   text_at(project, "last_error")});
    }
    table.print(terminal.out(), terminal.manners().width, terminal.manners().colour);
}

}  // namespace berth::host::cli
