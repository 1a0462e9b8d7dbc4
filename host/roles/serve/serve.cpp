// SPDX-License-Identifier: MIT
#include "roles/serve/serve.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "config/check.hpp"
#include "elf/findings.hpp"
#include "elf/linkage.hpp"
#include "log/outputs.hpp"
#include "roles/confinement/confinement.hpp"
#include "supervisor/host.hpp"
#include "supervisor/host_files.hpp"

namespace berth::host::roles {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_not_found = 66;
constexpr int exit_unavailable = 69;
constexpr int exit_permission = 77;
constexpr int exit_configuration = 78;

void say(const std::string& sentence) { std::fprintf(stderr, "berth: %s\n", sentence.c_str()); }

int exit_code_of(Code code) {
    switch (code) {
        case Code::invalid: return exit_configuration;
        case Code::not_found: return exit_not_found;
        case Code::unavailable: return exit_unavailable;
        case Code::permission: return exit_permission;
        case Code::failed:
        case Code::system:
        case Code::timed_out: return exit_failed;
    }
    return exit_failed;
}

/// Says every finding; answers whether the host may start.
bool fits_machine(const config::Loaded& loaded) {
    bool fits = true;
    for (const config::Finding& finding : config::check(loaded)) {
        const bool is_error = finding.severity == config::Finding::Severity::error;
        say(std::string(is_error ? "" : "warning: ") + finding.diagnostic.text());
        fits = fits && !is_error;
    }
    for (const config::Diagnostic& diagnostic : supervisor::check_tls_files(loaded)) {
        say(diagnostic.text());
        fits = false;
    }
    for (const config::Diagnostic& diagnostic : supervisor::unnamed_hosts(loaded)) say("warning: " + diagnostic.text());
    return fits;
}

log::Outputs::Options outputs_of(const config::Log& log) {
    return {.format = log.format == config::LogFormat::json ? log::Outputs::Format::json : log::Outputs::Format::human,
            .to_stderr = true,
            .colour = log::wants_colour(STDERR_FILENO),
            .directory = log.directory,
            .host_file = log.files != config::LogFiles::projects,
            .project_files = log.files != config::LogFiles::host,
            .file_bytes = log.file_bytes,
            .file_count = log.file_count};
}

/// The rules of the ELF reader. [background thread]
Result<std::vector<std::string>> inspect(const config::Config& config, const elf::Linker& linker,
                                         const supervisor::StagedLibrary& staged, const std::string& project) {
    elf::Rules rules;
    rules.linker = &linker;
    rules.shares_process = config.project(project).isolation == config::Isolation::none;
    const elf::Report report = elf::inspect(staged.path, rules);
    if (const elf::Finding* const refusal = report.refusal()) return fail(Code::invalid, refusal->text());
    std::vector<std::string> warnings;
    for (const elf::Finding& finding : report.findings)
        if (finding.severity == elf::Finding::Severity::warning) warnings.push_back(finding.text());
    return warnings;
}

/// The configuration as it is written now, if it is right and fits this machine.
Result<config::Loaded> load_again(const std::filesystem::path& file, const config::Overrides& overrides) {
    auto loaded = config::load(file, overrides);
    if (!loaded) return tl::unexpected<Error>(loaded.error().error());
    const config::Diagnostics errors = config::errors_of(config::check(*loaded));
    if (!errors.all.empty()) return tl::unexpected<Error>(errors.error());
    return std::move(*loaded);
}

/// Chaos runs kill a project more often than any policy would bear. What they set aside is named, and said aloud.
supervisor::RestartPolicy::Options restart_policy() {
    supervisor::RestartPolicy::Options policy;
    const char* const wanted = std::getenv("BERTH_CHAOS");
    if (wanted == nullptr) return policy;
    const std::string_view words = wanted;
    policy.has_delays = words.find("no-restart-delay") == std::string_view::npos;
    if (words.find("no-rapid-fail") != std::string_view::npos) policy.deaths_max = 0;
    log::warning("the restart policy is set aside by BERTH_CHAOS", {{"words", words}});
    return policy;
}

/// Gives the process its own sink back before the outputs go.
class SinkGuard {
public:
    SinkGuard() = default;
    SinkGuard(const SinkGuard&) = delete;
    SinkGuard& operator=(const SinkGuard&) = delete;
    ~SinkGuard() {
        log::set_sink([](const log::Line& line) { say(std::string(line.message)); });
    }
};

}  // namespace

int run_serve(config::Loaded loaded, const std::filesystem::path& file, const config::Overrides& overrides) {
    let_others_look(false);
    if (loaded.config.host.private_files) keep_files_private();
    if (!loaded.config.host.core_dumps) {
        if (const auto done = leave_no_cores(); !done) say("warning: " + done.error().message);
    }
    if (!fits_machine(loaded)) return exit_configuration;
    auto outputs = log::Outputs::create(outputs_of(loaded.config.host.log));
    if (!outputs) {
        say(outputs.error().message);
        return exit_code_of(outputs.error().code);
    }
    log::set_level(loaded.config.host.log.level);
    log::set_sink((*outputs)->sink("supervisor"));
    const SinkGuard guard;

    const config::Config config = loaded.config;
    auto host = supervisor::Host::create(
        {.config = std::move(loaded.config),
         .configuration = file,
         .version = BERTH_VERSION,
         .inspect = [config, linker = std::make_shared<const elf::Linker>()](  // Copied with the function that owns it.
                        const supervisor::StagedLibrary& staged,
                        const std::string& project) { return inspect(config, *linker, staged, project); },
         .load = [file, overrides] { return load_again(file, overrides); },
         .restart = restart_policy(),
         .ready =
             [](const std::string& line) {
                 std::printf("%s\n", line.c_str());
                 std::fflush(stdout);
             }},
        **outputs);
    if (!host) {
        say(host.error().message);
        return exit_code_of(host.error().code);
    }
    return (*host)->run();
}

}  // namespace berth::host::roles
