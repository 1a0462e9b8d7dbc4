// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/configuration.hpp"
#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/progress.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/check.hpp"
#include "elf/findings.hpp"
#include "elf/linkage.hpp"
#include "log/render.hpp"
#include "supervisor/host_files.hpp"
#include "supervisor/registry.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

struct Judgement {
    std::uint64_t errors = 0;
    std::uint64_t warnings = 0;
    json findings = json::array();

    std::size_t libraries = 0;  ///< looked at

    void add(bool is_error, const std::string& place, const std::string& sentence) {
        ++(is_error ? errors : warnings);
        findings.push_back(
            {{"severity", is_error ? "error" : "warning"}, {"place", place}, {"sentence", sentence}});
    }
};

void judge_configuration(const config::Loaded& loaded, Judgement& judgement) {
    for (const auto& finding : config::check(loaded)) {
        const bool is_error = finding.severity == config::Finding::Severity::error;
        const auto& diagnostic = finding.diagnostic;
        judgement.add(is_error, diagnostic.where.text(), diagnostic.key + ": " + diagnostic.message);
    }
    for (const auto& diagnostic : supervisor::check_tls_files(loaded))
        judgement.add(/*is_error=*/true, diagnostic.where.text(), diagnostic.key + ": " + diagnostic.message);
    for (const auto& diagnostic : supervisor::unnamed_hosts(loaded))
        judgement.add(/*is_error=*/false, diagnostic.where.text(), diagnostic.key + ": " + diagnostic.message);
}

/// Every library that the host would load, in the order of paths, without running any of it.
void judge_libraries(const config::Config& config, Judgement& judgement, Progress& progress) {
    // A directory that is missing has been told already.
    auto files = supervisor::list_plugins(config.host.plugins).value_or(std::vector<supervisor::PluginFile>{});
    const auto registry = supervisor::Registry::open(config.host.state / "registry.json");
    if (registry) {
        files = registry->files(files);
    } else {
        judgement.add(/*is_error=*/true, "libraries", registry.error().message);
    }
    const elf::Linker linker;
    for (const auto& file : files) {
        progress.says("looking at library " + std::to_string(++judgement.libraries) + " of " + std::to_string(files.size()) + ", " +
                      log::escaped(file.path.filename().string()));
        elf::Rules rules;
        rules.linker = &linker;
        rules.shares_process = config.project(file.likely_name()).isolation == config::Isolation::none;
        for (const auto& finding : elf::inspect(file.path, rules).findings) {
            if (finding.severity == elf::Finding::Severity::note) continue;
            judgement.add(finding.severity == elf::Finding::Severity::error, file.path.string(), finding.text());
        }
    }
}

Judgement judge(const config::Loaded& loaded, bool is_configuration_alone, Terminal& terminal) {
    Progress progress(terminal, "checking the configuration");
    Judgement judgement;
    judge_configuration(loaded, judgement);
    if (!is_configuration_alone) judge_libraries(loaded.config, judgement, progress);
    return judgement;
}

void print(const Judgement& judgement, bool is_configuration_alone, const std::string& file, Terminal& terminal) {
    for (const json& finding : judgement.findings) {
        terminal.out() << text_at(finding, "severity") << ": "
                       << log::escaped(text_at(finding, "place") + ": " + text_at(finding, "sentence")) << '\n';
    }
    if (!is_configuration_alone)
        terminal.say("looked at " + std::to_string(judgement.libraries) + (judgement.libraries == 1 ? " library" : " libraries"));
    terminal.say(file + ": " + counted(judgement.errors, "error") + ", " + counted(judgement.warnings, "warning"));
}

int run(const Arguments& arguments, Terminal& terminal) {
    const auto loading = load_configuration(arguments, terminal);
    // What is wrong is the answer here, not a hindrance.
    if (!loading.loaded) return loading.exit_code == exit_configuration ? int{exit_failed} : loading.exit_code;
    const bool is_configuration_alone = arguments.has("configuration");
    const Judgement judgement = judge(*loading.loaded, is_configuration_alone, terminal);
    if (terminal.manners().json) {
        terminal.put({{"file", loading.file.string()},
                      {"errors", judgement.errors},
                      {"warnings", judgement.warnings},
                      {"findings", judgement.findings}});
    } else {
        print(judgement, is_configuration_alone, loading.file.empty() ? "built-in configuration" : loading.file.string(), terminal);
    }
    if (judgement.errors > 0) return exit_failed;
    return judgement.warnings > 0 && arguments.has("strict") ? exit_warnings : exit_done;
}

}  // namespace

Verb check() {
    return {
        .name = "check",
        .group = "the host",
        .summary = "Check configuration and libraries; start nothing.",
        .description =
            "Exit code 0: clean, warnings are shown; 1: the configuration or a library is wrong; with --strict, 5:\n"
            "warnings only.",
        .positionals = {},
        .options = {{.name = "config",
                     .value = "FILE",
                     .help = "The configuration (BERTH_CONFIG, /etc/berth/berth.toml).",
                     .completes = Completes::file},
                    {.name = "set",
                     .value = "KEY=VALUE",
                     .help = "One value over the file's.",
                     .is_repeatable = true,
                     .completes = Completes::key},
                    {.name = "configuration", .value = "", .help = "The configuration alone, no library."},
                    {.name = "strict", .value = "", .help = "Warnings count: exit code 5."}},
        .examples = {{"berth check --config berth.toml", "before a restart"}},
        .run = run,
        .uses_host = false};
}

}  // namespace berth::host::cli::verbs
