// SPDX-License-Identifier: MIT
#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/log.hpp"
#include "cli/arguments.hpp"
#include "cli/format.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "log/render.hpp"
#include "roles/doctor/examine.hpp"

namespace berth::host::cli::verbs {
namespace {

using elf::Finding;

/// "echo.so: x86-64, interface 1.0, build id 4f21…, debug data".
std::string facts_of(const roles::Diagnosis& diagnosis) {
    const elf::Library& library = *diagnosis.library;
    std::string text = elf::name_of(library.machine);
    if (library.abi_note)
        text += ", interface " + std::to_string(library.abi_note->major) + "." + std::to_string(library.abi_note->minor);
    if (!library.build_id.empty()) text += ", build id " + library.build_id;
    if (library.has_debug_data) text += ", debug data";
    return text;
}

/// "project chat 1.2.0, every 20 s, 3 procedures".
std::string project_of(const roles::Diagnosis& diagnosis) {
    const auto& table = diagnosis.table;
    const std::string version = table["version"];
    return "project " + diagnosis.project + (version.empty() ? "" : " " + version) + ", global service every " +
           duration_text(std::chrono::milliseconds(table["interval_ms"].get<std::int64_t>())) + ", " +
           counted(table["procedures"].size(), "procedure");
}

/// "tried out: 1 load, 86 connection, 258 message".
std::string events_of(const roles::Diagnosis& diagnosis) {
    std::string text;
    for (const auto& [event, figures] : diagnosis.events.items())
        text += (text.empty() ? "tried out: " : ", ") + std::to_string(figures.value("calls", 0)) + " " + event;
    return text;
}

void print(const roles::Diagnosis& diagnosis, Terminal& terminal) {
    const std::string file = diagnosis.file.filename().string();
    std::ostream& out = terminal.out();
    if (diagnosis.library && !terminal.manners().quiet)
        out << log::escaped(file + ": " + facts_of(diagnosis)) << '\n';
    if (!diagnosis.table.is_null() && !terminal.manners().quiet)
        out << log::escaped(file + ": " + project_of(diagnosis)) << '\n';
    if (!diagnosis.events.is_null() && !terminal.manners().quiet)
        out << log::escaped(file + ": " + events_of(diagnosis)) << '\n';
    for (const Finding& finding : diagnosis.findings) {
        out << log::escaped(std::string(elf::name_of(finding.severity)) + ": " + finding.id + ": " + finding.sentence) << '\n'
            << "    " << log::escaped(finding.remedy) << '\n';
    }
}

int exit_code_of(const roles::Diagnosis& diagnosis, bool is_strict) {
    const bool is_absent = !diagnosis.findings.empty() && diagnosis.findings.front().id == "unreadable";
    if (is_absent) return exit_no_input;
    if (diagnosis.count(Finding::Severity::error) > 0) return exit_failed;
    return is_strict && diagnosis.count(Finding::Severity::warning) > 0 ? exit_warnings : exit_done;
}

Result<roles::Diagnosis> judge(const std::filesystem::path& file, bool shares_process, const Arguments& arguments, Terminal& terminal) {
    const std::string name = log::escaped(file.filename().string());
    Progress progress(terminal, "looking at " + name);
    roles::Diagnosis diagnosis = roles::examine(file, shares_process);
    if (!arguments.has("run")) return diagnosis;
    BERTH_TRY(roles::run(diagnosis, {.path = arguments.text("path").value_or(""),
                                     .subprotocols = arguments.texts("subprotocol"),
                                     .messages = arguments.texts("message"),
                                     .limit = arguments.duration("limit").value_or(std::chrono::seconds(10)),
                                     .on_step = [&](const std::string& step) {
                                         progress.says("trying out " + name + ": " + log::escaped(step));
                                     }}));
    return diagnosis;
}

int run(const Arguments& arguments, Terminal& terminal) {
    log::set_level(log::Level::warning);
    const std::string isolation = arguments.text("isolation").value_or("process");
    if (isolation != "process" && isolation != "none")
        return terminal.fail(exit_usage, "--isolation: \"" + isolation + "\" is neither process nor none");
    auto judged = judge(*arguments.text("FILE"), isolation == "none", arguments, terminal);
    if (!judged) return terminal.fail(judged.error());
    const roles::Diagnosis& diagnosis = *judged;
    if (terminal.manners().json) {
        terminal.put(roles::json_of(diagnosis));
    } else {
        print(diagnosis, terminal);
        terminal.say(diagnosis.file.string() + ": " + counted(diagnosis.count(Finding::Severity::error), "error") + ", " +
                     counted(diagnosis.count(Finding::Severity::warning), "warning") + ", " +
                     counted(diagnosis.count(Finding::Severity::note), "note"));
    }
    return exit_code_of(diagnosis, arguments.has("strict"));
}

}  // namespace

Verb doctor() {
    return {.name = "doctor",
            .group = "projects",
            .summary = "Judge a library, without running it or with a trial.",
            .description =
                "Says what the host would say about the file: damage, architecture, interface, exports, libraries and\n"
                "symbols that are missing, versions newer than this machine's, the table with its interval and\n"
                "procedures; and what could be better. Each finding has a name, a sentence and a remedy. Libraries and\n"
                "symbols are looked for as this machine's dynamic loader would.\n"
                "With --run the library is then tried out in a process of its own: load, the first run of the global\n"
                "service, clients that connect, speak and go, stop, unload. What it does there, crashes and hangs too,\n"
                "becomes findings: state that clients share, memory, threads and descriptors that are kept.\n"
                "Exit code 0: no errors, warnings are shown; 1: errors; 66: no such file; with --strict, 5: warnings.",
            .positionals = {{.name = "FILE", .help = "The library.", .completes = Completes::file}},
            .options = {{.name = "run", .value = "", .help = "Try it out, too, in a process of its own with no data."},
                        {.name = "path", .value = "PATH", .help = "What the trial's clients ask for (/NAME)."},
                        {.name = "subprotocol",
                         .value = "NAME",
                         .help = "A sub-protocol that they offer.",
                         .is_repeatable = true},
                        {.name = "message",
                         .value = "TEXT",
                         .help = "What each of them sends (hello, {} and an empty text).",
                         .is_repeatable = true},
                        {.name = "limit",
                         .value = "TIME",
                         .help = "For each event of the trial, and for its series of clients that come and go (10 s).",
                         .kind = Kind::duration},
                        {.name = "isolation",
                         .value = "NAME",
                         .help = "As for a project with isolation process (default) or none.",
                         .completes = Completes::isolation},
                        {.name = "strict", .value = "", .help = "Warnings count: exit code 5."}},
            .examples = {{"berth doctor build/chat.so", "before it is deployed"},
                         {"berth doctor --run --message 'join lobby' chat.so", "with words that it understands"},
                         {"berth doctor --strict --json chat.so", "in a build"}},
            .run = run,
            .uses_host = false};
}

}  // namespace berth::host::cli::verbs
