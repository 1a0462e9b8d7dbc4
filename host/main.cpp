// SPDX-License-Identifier: MIT
#include "cli/cli.hpp"

int main(int argc, char** argv) {
    const auto command = berth::host::cli::parse({argv, static_cast<std::size_t>(argc)});
    if (!command) return berth::host::cli::explain(command.error());
    return berth::host::cli::run(*command);
}
