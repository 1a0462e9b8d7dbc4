// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "roles/doctor/trial_plan.hpp"
#include "roles/gateway/gateway_role.hpp"
#include "roles/pages/pages_role.hpp"
#include "roles/probe/probe.hpp"
#include "roles/worker/worker_role.hpp"

namespace berth::host::cli::verbs {
namespace {

Verb hidden(std::string_view name, Run run, std::vector<Positional> positionals = {}) {
    return {.name = name,
            .group = "",
            .summary = "A process of the host; `berth serve` starts it.",
            .description = "",
            .positionals = std::move(positionals),
            .options = {},
            .examples = {},
            .run = run,
            .uses_host = false};
}

}  // namespace

std::vector<Verb> internal() {
    std::vector<Verb> verbs;
    verbs.push_back(
        hidden("__gateway", [](const Arguments&, Terminal&) { return roles::run_gateway_process(); }));
    verbs.push_back(
        hidden("__worker", [](const Arguments&, Terminal&) { return roles::run_worker_process(); }));
    verbs.push_back(hidden("__probe",
                           [](const Arguments& arguments, Terminal&) {
                               return roles::run_probe_process(*arguments.text("FILE"),
                                                       arguments.text("NAME").value_or(""));
                           },
                           {{.name = "FILE", .help = "The library."},
                            {.name = "NAME",
                             .help = "The project's name; default the file's stem.",
                             .number = Positional::Number::optional}}));
    verbs.push_back(hidden(
        "__trial",
        [](const Arguments& arguments, Terminal&) { return roles::run_trial(*arguments.text("PLAN")); },
        {{.name = "PLAN", .help = "What to do, as JSON."}}));
    verbs.push_back(
        hidden("__pages", [](const Arguments&, Terminal&) { return roles::run_pages_process(); }));
    return verbs;
}

}  // namespace berth::host::cli::verbs
