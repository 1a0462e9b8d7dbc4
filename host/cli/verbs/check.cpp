// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/configuration.hpp"
#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/progress.hpp"
#include "cli/suggest.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/check.hpp"
#include "elf/findings.hpp"
#include "elf/linkage.hpp"
#include "log/render.hpp"
#include "roles/doctor/examine.hpp"
#include "supervisor/host_files.hpp"
#include "supervisor/listeners.hpp"
#include "supervisor/registry.hpp"
#include "supervisor/state_directory.hpp"

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

/// Whether a host runs with this state, or this user may not see it.
bool may_have_host(const std::filesystem::path& state) {
    const std::string lock = (state / "lock").string();
    if (::access(lock.c_str(), F_OK) != 0) return errno != ENOENT && errno != ENOTDIR;
    return ::access(lock.c_str(), R_OK) != 0 || !supervisor::StateDirectory::check_free(state);
}

/// Addresses that a host could not have if it started now. Which ports this user may open says nothing of the host's.
void judge_ports(const config::Loaded& loaded, Judgement& judgement) {
    const config::Config& config = loaded.config;
    if (may_have_host(config.host.state)) return;
    const auto try_address = [&](const config::Address& address, const std::string& key, const std::string& place) {
        if (address.port == 0) return;
        const auto tried = supervisor::try_listener({address, place});
        if (tried || tried.error().code == Code::permission) return;
        const auto origin = loaded.origins.find(key);
        judgement.add(/*is_error=*/false, origin == loaded.origins.end() ? config::Origin{}.text() : origin->second.text(),
                      key + ": " + address.text() + ": " + tried.error().message);
    };
    for (std::size_t i = 0; i < config.listen.size(); ++i)
        try_address(config.listen[i].address, "listen." + std::to_string(i) + ".address", "[[listen]]");
    if (config.pages) try_address(config.pages->address, "pages.address", "[pages]");
}

/// What is configured for a project that is not there: nothing holds of it, mistyped or not.
void judge_names(const config::Loaded& loaded, const std::map<std::string, std::filesystem::path>& projects, Judgement& judgement) {
    std::vector<std::string_view> names;
    for (const auto& [name, file] : projects) names.push_back(name);
    for (const auto& [name, project] : loaded.config.projects) {
        if (projects.contains(name)) continue;
        const std::string key = "project." + name;
        const auto origin = loaded.origins.lower_bound(key + ".");
        const bool is_written = origin != loaded.origins.end() && origin->first.starts_with(key + ".");
        judgement.add(/*is_error=*/false, is_written ? origin->second.text() : config::Origin{}.text(),
                      key + ": no library is called so: copy " + name + ".so into " + loaded.config.host.plugins.string() +
                          ", or `berth add` one, or mend the name" + did_you_mean(name, names));
    }
}

/// Every library that the host would load, in the order of paths, without running any of it.
void judge_libraries(const config::Loaded& loaded, Judgement& judgement, Progress& progress) {
    const config::Config& config = loaded.config;
    // A directory that is missing has been told already.
    auto files = supervisor::list_plugins(config.host.plugins).value_or(std::vector<supervisor::PluginFile>{});
    const auto registry = supervisor::Registry::open(config.host.state / "registry.json");
    if (registry) {
        files = registry->files(files);
    } else {
        judgement.add(/*is_error=*/true, "libraries", registry.error().message);
    }
    const elf::Linker linker;
    std::map<std::string, std::filesystem::path> projects;
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
        const std::string name = file.name.empty() ? roles::project_name_of(file.path) : file.name;
        const auto [same, is_first] = projects.try_emplace(name, file.path);
        if (!is_first)
            judgement.add(/*is_error=*/false, file.path.string(), "would be the project " + name + ", and so would " + same->second.string() +
                              ": the host takes one of them and refuses the other; remove one, or give it another name with `berth add FILE --name NAME`");
    }
    judge_names(loaded, projects, judgement);
}

Judgement judge(const config::Loaded& loaded, bool is_configuration_alone, Terminal& terminal) {
    Progress progress(terminal, "checking the configuration");
    Judgement judgement;
    judge_configuration(loaded, judgement);
    judge_ports(loaded, judgement);
    if (!is_configuration_alone) judge_libraries(loaded, judgement, progress);
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
            "Warnings are also tables of projects that have no library, two libraries of one name, and, while no host runs\n"
            "with this configuration, ports that others hold. Exit code 0: clean, warnings are shown; 1: the configuration\n"
            "or a library is wrong; with --strict, 5: warnings only.",
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
