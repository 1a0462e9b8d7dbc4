// SPDX-License-Identifier: MIT
#include <berth/berth.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/arguments.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "control/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

int run(const Arguments&, Terminal& terminal) {
    const std::string abi = std::to_string(BERTH_ABI_MAJOR) + "." + std::to_string(BERTH_ABI_MINOR);
    if (terminal.manners().json) {
        terminal.put({{"version", BERTH_VERSION}, {"abi", abi}, {"protocol", control::protocol_version}});
    } else {
        terminal.out() << "berth " << BERTH_VERSION << ", ABI " << abi << ", control protocol "
                       << control::protocol_version << '\n';
    }
    return exit_done;
}

}  // namespace

Verb version() {
    return {.name = "version",
            .group = "about",
            .summary = "The versions of this program, its ABI and its control protocol.",
            .description = "",
            .positionals = {},
            .options = {},
            .examples = {},
            .run = run,
            .uses_host = false};
}

}  // namespace berth::host::cli::verbs
