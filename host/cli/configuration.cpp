// SPDX-License-Identifier: MIT
#include "cli/configuration.hpp"

#include <unistd.h>

#include <cstdlib>

namespace berth::host::cli {
namespace {

constexpr const char* installed_file = "/etc/berth/berth.toml";

std::filesystem::path file_of_environment() {
    const char* variable = std::getenv("BERTH_CONFIG");
    if (variable != nullptr && *variable != '\0') return variable;
    return ::access(installed_file, R_OK) == 0 ? installed_file : "";
}

}  // namespace

std::filesystem::path configuration_file(const Arguments& arguments) {
    if (const auto given = arguments.text("config")) return *given;
    return file_of_environment();
}

Loading load_configuration(const Arguments& arguments, Terminal& terminal) {
    Loading loading{.file = configuration_file(arguments), .loaded = {}, .overrides = {}, .exit_code = 0};
    if (!loading.file.empty() && ::access(loading.file.c_str(), R_OK) != 0) {
        const bool is_there = ::access(loading.file.c_str(), F_OK) == 0;
        loading.exit_code = terminal.fail(
            is_there ? exit_permission : exit_no_input,
            "configuration " + loading.file.string() +
                (is_there ? ": no permission to read it" : ": no such file; name another with --config"));
        return loading;
    }
    config::Overrides& overrides = loading.overrides;
    overrides.environment = config::process_environment();
    for (const auto& assignment : arguments.texts("set")) {
        const auto equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0) {
            loading.exit_code = terminal.fail(
                exit_usage, "--set " + assignment + ": write KEY=VALUE, as host.state=/srv/berth");
            return loading;
        }
        overrides.command_line.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
    }
    auto loaded = config::load(loading.file, overrides);
    if (loaded) {
        loading.loaded = std::move(*loaded);
        return loading;
    }
    for (const auto& diagnostic : loaded.error().all) terminal.fail(exit_configuration, diagnostic.text());
    loading.exit_code = exit_configuration;
    return loading;
}

std::filesystem::path configured_socket() {
    const auto loaded = config::load(file_of_environment(),
                                     {.environment = config::process_environment(), .command_line = {}});
    if (loaded && !loaded->config.host.control.empty()) return loaded->config.host.control;
    return config::default_run_directory() / "control.sock";
}

}  // namespace berth::host::cli
