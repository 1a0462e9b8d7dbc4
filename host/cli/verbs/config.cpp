// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/configuration.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/effective.hpp"
#include "log/render.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

/// What somebody has set, without the built-in values.
json only_set(json all) {
    for (auto entry = all.begin(); entry != all.end();) {
        entry = entry->value("origin", "") == "default" ? all.erase(entry) : std::next(entry);
    }
    return all;
}

int run(const Arguments& arguments, Terminal& terminal) {
    const auto loading = load_configuration(arguments, terminal);
    if (!loading.loaded) return loading.exit_code;
    const bool is_effective = arguments.has("effective");
    if (is_effective && !terminal.manners().json) {
        terminal.out() << config::effective_toml(*loading.loaded);
        return exit_done;
    }
    json all = json::parse(config::effective_json(*loading.loaded));
    if (!is_effective) all = only_set(std::move(all));
    if (terminal.manners().json) {
        terminal.put(all);
        return exit_done;
    }
    terminal.say(loading.file.empty() ? "no configuration file; built-in values"
                                      : "configuration " + loading.file.string());
    for (const auto& [key, entry] : all.items()) {
        terminal.out() << log::escaped(key) << " = "
                       << entry["value"].dump(-1, ' ', false, json::error_handler_t::replace) << "  # "
                       << log::escaped(entry.value("origin", "")) << '\n';
    }
    return exit_done;
}

}  // namespace

Verb config() {
    return {
        .name = "config",
        .group = "the host",
        .summary = "Show what is configured; --effective adds the built-in values.",
        .description = "Each value is shown with the place that it comes from.",
        .positionals = {},
        .options = {{.name = "config",
                     .value = "FILE",
                     .help = "The configuration (BERTH_CONFIG, /etc/berth/berth.toml).",
                     .completes = Completes::file},
                    {.name = "set",
                     .value = "KEY=VALUE",
                     .help = "One value over the file's, as host.state=/srv/berth.",
                     .is_repeatable = true,
                     .completes = Completes::key},
                    {.name = "effective", .value = "", .help = "Every value that holds, as TOML."}},
        .examples = {{"berth config --effective --config berth.toml", "what a host with this file would do"}},
        .run = run,
        .uses_host = false};
}

}  // namespace berth::host::cli::verbs
