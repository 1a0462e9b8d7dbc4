// SPDX-License-Identifier: MIT
#include <iostream>

#include "cli/cli.hpp"
#include "cli/terminal.hpp"

namespace berth::host::cli {

int explain(const Explanation& explanation) {
    (explanation.exit_code == 0 ? std::cout : std::cerr) << explanation.text;
    return explanation.exit_code;
}

int run(const Command& command) {
    Terminal terminal = Terminal::standard(command.arguments.has("json"), command.arguments.has("quiet"));
    const int code = command.verb->run(command.arguments, terminal);
    std::cout.flush();
    // A full disk or a closed pipe: data that did not arrive is no success.
    return std::cout.good() || code != exit_done ? code : exit_failed;
}

}  // namespace berth::host::cli
