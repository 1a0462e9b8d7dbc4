// SPDX-License-Identifier: MIT
#include "cli/configuration.hpp"
#include "cli/verbs/verbs.hpp"
#include "roles/serve/serve.hpp"

namespace berth::host::cli::verbs {
namespace {

int run(const Arguments& arguments, Terminal& terminal) {
    auto loading = load_configuration(arguments, terminal);
    if (!loading.loaded) return loading.exit_code;
    return roles::run_serve(std::move(*loading.loaded), loading.file, loading.overrides);
}

}  // namespace

Verb serve() {
    return {.name = "serve",
            .group = "the host",
            .summary = "Run the host in the foreground.",
            .description =
                "Starts nothing unless the whole configuration is right. SIGTERM and `berth stop` end it in order.\n"
                "SIGHUP, `berth reload` and a changed file make it read configuration and certificates again.",
            .positionals = {},
            .options = {{.name = "config",
                         .value = "FILE",
                         .help = "The configuration (BERTH_CONFIG, /etc/berth/berth.toml).",
                     .completes = Completes::file},
                        {.name = "set",
                         .value = "KEY=VALUE",
                         .help = "One value over the file's, as host.state=/srv/berth.",
                         .is_repeatable = true,
                     .completes = Completes::key}},
            .examples = {{"berth serve --config berth.toml --set host.log.level=debug",
                          "with one value of its own"}},
            .run = run,
            .uses_host = false};
}

}  // namespace berth::host::cli::verbs
