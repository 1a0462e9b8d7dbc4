// SPDX-License-Identifier: MIT
#include "roles/doctor/trial_plan.hpp"

namespace berth::host::roles {

using nlohmann::json;

std::string text_of(const TrialPlan& plan) {
    return json{{"library", plan.library.string()},     {"project", plan.project},
                {"directory", plan.directory.string()}, {"path", plan.path},
                {"subprotocols", plan.subprotocols},    {"messages", plan.messages},
                {"rounds", plan.rounds},                {"series_ms", plan.series_limit.count()},
                {"stop_ms", plan.stop_limit.count()}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<TrialPlan> plan_of(const std::string& text) {
    const json plan = json::parse(text, nullptr, false);
    if (!plan.is_object()) return {};
    return TrialPlan{.library = plan.value("library", ""),
                     .project = plan.value("project", ""),
                     .directory = plan.value("directory", ""),
                     .path = plan.value("path", "/"),
                     .subprotocols = plan.value("subprotocols", std::vector<std::string>()),
                     .messages = plan.value("messages", std::vector<std::string>()),
                     .rounds = plan.value("rounds", std::uint64_t{0}),
                     .series_limit = Milliseconds(plan.value("series_ms", std::int64_t{0})),
                     .stop_limit = Milliseconds(plan.value("stop_ms", std::int64_t{0}))};
}

json json_of(const elf::Finding& finding) {
    return {{"id", finding.id},
            {"severity", elf::name_of(finding.severity)},
            {"sentence", finding.sentence},
            {"remedy", finding.remedy}};
}

std::optional<elf::Finding> finding_in(const json& value) {
    if (!value.is_object()) return {};
    for (const char* member : {"id", "severity", "sentence", "remedy"}) {
        const auto found = value.find(member);
        if (found == value.end() || !found->is_string()) return {};
    }
    elf::Finding finding{.id = value["id"], .severity = {}, .sentence = value["sentence"], .remedy = value["remedy"]};
    using Severity = elf::Finding::Severity;
    for (const Severity severity : {Severity::error, Severity::warning, Severity::note}) {
        finding.severity = severity;
        if (value["severity"] == elf::name_of(severity)) return finding;
    }
    return {};
}

}  // namespace berth::host::roles
