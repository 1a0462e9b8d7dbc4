// SPDX-License-Identifier: MIT
#include "roles/doctor/examine.hpp"

#include <algorithm>

#include "elf/linkage.hpp"
#include "elf/table.hpp"
#include "roles/worker/messages.hpp"
#include "worker/loading.hpp"
#include "worker/manifest.hpp"

namespace berth::host::roles {
namespace {

using elf::Finding;

/// What to do about a table that is refused, where its sentence does not say so itself.
std::string_view remedy_of(std::string_view id) {
    if (id == "interval") return "write it as \"<interval=20 s>\" or \"<interval=1 h 30 min>\"";
    if (id == "table-text") return "write it as BERTH_STR(\"...\"): its size may be wrong";
    if (id == "procedures") return "mend that entry of the project's table of procedures";
    return "mend the project's table";
}

/// The table as the entry would return it, judged by the worker's own rules.
void judge_table(std::span<const std::byte> bytes, Diagnosis& diagnosis) {
    const auto table = elf::ProjectTable::read(bytes);
    if (!table) {
        diagnosis.findings.push_back({"table-unread", Finding::Severity::note,
                                      "has a table that only running it would tell: " + table.error(),
                                      "add --run to have it tried in a process of its own"});
        return;
    }
    auto manifest = worker::Manifest::judge(table->get(), diagnosis.project);
    if (!manifest) {
        const auto& fault = manifest.error();
        diagnosis.findings.push_back(
            finding_of(fault.id, Finding::Severity::error, fault.error.message, remedy_of(fault.id)));
        return;
    }
    diagnosis.table = json_of(worker::description_of(*manifest));
    diagnosis.project = manifest->name;
    if (auto remark = interval_finding(*manifest)) diagnosis.findings.push_back(std::move(*remark));
    const berth_project& hooks = manifest->table;
    if (hooks.context_create != nullptr && hooks.context_destroy == nullptr)
        diagnosis.findings.push_back({"no-destroy", Finding::Severity::warning,
                                      "makes globals for every context and has no context_destroy to free them",
                                      "free in context_destroy what context_create makes"});
    if (hooks.message == nullptr && hooks.connection == nullptr && hooks.global_service == nullptr &&
        manifest->procedures.all().empty())
        diagnosis.findings.push_back({"no-events", Finding::Severity::warning,
                                      "handles no event and has no procedure: it would do nothing",
                                      "fill in message, connection or global_service in the project's table"});
}

nlohmann::json json_of_library(const elf::Library& library) {
    return {{"machine", elf::name_of(library.machine)},
            {"build_id", library.build_id},
            {"abi", library.abi_note ? nlohmann::json(std::to_string(library.abi_note->major) + "." +
                                                      std::to_string(library.abi_note->minor))
                                     : nlohmann::json(nullptr)},
            {"needed", library.needed},
            {"run_path", library.run_path},
            {"exports", library.exports.size()},
            {"debug_data", library.has_debug_data}};
}

/// Names in a file may be any bytes; JSON is UTF-8.
nlohmann::json cleaned(const nlohmann::json& value) {
    return nlohmann::json::parse(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

std::size_t Diagnosis::count(Finding::Severity severity) const {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                  [&](const Finding& one) { return one.severity == severity; }));
}

void Diagnosis::add(std::vector<Finding> more) {
    findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    std::stable_sort(findings.begin(), findings.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
}

Finding finding_of(std::string id, Finding::Severity severity, const std::string& sentence, std::string_view remedy) {
    const std::size_t split = sentence.rfind("; ");
    if (split == std::string::npos) return {std::move(id), severity, sentence, std::string(remedy)};
    return {std::move(id), severity, sentence.substr(0, split), sentence.substr(split + 2)};
}

Diagnosis examine(const std::filesystem::path& file, bool shares_process) {
    Diagnosis diagnosis{.file = file, .project = file.stem().string(), .library = {}, .table = {}, .events = {}, .findings = {}};
    const auto bytes = elf::read_file(file);
    if (!bytes) {
        diagnosis.findings.push_back(bytes.error());
        return diagnosis;
    }
    const elf::Linker linker;
    elf::Rules rules;
    rules.shares_process = shares_process;
    rules.linker = &linker;
    elf::Report report = elf::inspect(std::span<const std::byte>(*bytes), rules);
    diagnosis.library = std::move(report.library);
    diagnosis.findings = std::move(report.findings);
    if (diagnosis.library && diagnosis.library->has_entry() && diagnosis.library->machine == rules.machine)
        judge_table(*bytes, diagnosis);
    diagnosis.add({});
    return diagnosis;
}

std::optional<Finding> interval_finding(const worker::Manifest& manifest) {
    const std::string& remark = manifest.interval_remark;
    if (remark.empty()) return {};
    const std::size_t split = remark.find("; ");
    return Finding{"interval-unit", Finding::Severity::warning, remark.substr(0, split), remark.substr(split + 2)};
}

std::string project_name_of(const std::filesystem::path& library) {
    const std::string stem = library.stem().string();
    const auto bytes = elf::read_file(library);
    if (!bytes) return stem;
    const auto table = elf::ProjectTable::read(*bytes);
    if (!table) return stem;
    const auto manifest = worker::Manifest::judge(table->get(), stem);
    return manifest ? manifest->name : stem;
}

Result<void> run(Diagnosis& diagnosis, const TryOut::Options& options) {
    if (diagnosis.count(Finding::Severity::error) > 0) {
        diagnosis.add({{"not-run", Finding::Severity::note, "was not run, because of its errors", "mend them first"}});
        return {};
    }
    auto tried = try_out(diagnosis.file, diagnosis.project, options);
    if (!tried) return tl::unexpected(tried.error());
    if (!tried->project.is_null()) {
        diagnosis.table = tried->project;
        diagnosis.project = tried->project["name"];
        // Of the table the trial says more, and all that was said before.
        std::erase_if(diagnosis.findings, [](const Finding& one) { return one.id == "table-unread" || one.id == "interval-unit"; });
    }
    diagnosis.events = std::move(tried->events);
    diagnosis.add(std::move(tried->findings));
    return {};
}

nlohmann::json json_of(const Diagnosis& diagnosis) {
    using Severity = Finding::Severity;
    auto findings = nlohmann::json::array();
    for (const Finding& finding : diagnosis.findings)
        findings.push_back({{"name", finding.id},
                            {"severity", elf::name_of(finding.severity)},
                            {"sentence", finding.sentence},
                            {"remedy", finding.remedy}});
    const char* const verdict = diagnosis.count(Severity::error) > 0     ? "refused"
                                : diagnosis.count(Severity::warning) > 0 ? "warnings"
                                                                         : "clean";
    return cleaned({{"file", diagnosis.file.string()},
                    {"project", diagnosis.project},
                    {"verdict", verdict},
                    {"errors", diagnosis.count(Severity::error)},
                    {"warnings", diagnosis.count(Severity::warning)},
                    {"notes", diagnosis.count(Severity::note)},
                    {"library", diagnosis.library ? json_of_library(*diagnosis.library) : nlohmann::json(nullptr)},
                    {"table", diagnosis.table},
                    {"events", diagnosis.events},
                    {"findings", std::move(findings)}});
}

}  // namespace berth::host::roles
