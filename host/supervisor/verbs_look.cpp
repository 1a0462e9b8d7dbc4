// SPDX-License-Identifier: MIT
// Verbs that look: version, health, status, projects, logs.
#include <unistd.h>

#include <berth/berth.h>

#include "base/clock.hpp"
#include "control/logs.hpp"
#include "control/verbs.hpp"
#include "supervisor/administration.hpp"
#include "supervisor/json_values.hpp"
#include "supervisor/project_settings.hpp"

namespace berth::host::supervisor {

using nlohmann::json;

void Administration::version(const Request&, const Reply& reply) {
    reply.ok({{"version", facts_.version},
              {"abi", std::to_string(BERTH_ABI_MAJOR) + "." + std::to_string(BERTH_ABI_MINOR)},
              {"protocol", control::protocol_version}});
}

std::vector<std::string> Administration::reasons_not_ready() const {
    std::vector<std::string> reasons;
    if (facts_.state != HostFacts::State::running) {
        reasons.push_back("the host is " + std::string(name_of(facts_.state)));
    }
    if (!gateway_.is_running()) reasons.push_back("the gateway is " + std::string(name_of(gateway_.state())));
    for (const auto& [name, project] : projects_.all()) {
        const auto state = project->state();
        if (state == Project::State::failed || state == Project::State::starting) {
            reasons.push_back("project " + name + " is " + std::string(name_of(state)));
        }
    }
    return reasons;
}

void Administration::health(const Request&, const Reply& reply) {
    const auto reasons = reasons_not_ready();
    reply.ok({{"live", true}, {"ready", reasons.empty()}, {"reasons", reasons}});
}

void Administration::with_gateway_stats(std::function<void(const json& stats)> then) {
    gateway_.request({{"type", "stats"}}, [then = std::move(then)](const Result<json>& stats) {
        then(stats ? *stats : json::object());
    });
}

json figures_of(const json& stats, const std::string& name) {
    const auto projects = stats.find("projects");
    if (projects == stats.end()) return json::object();
    if (projects->is_object()) return projects->contains(name) && (*projects)[name].is_object() ? (*projects)[name] : json::object();
    for (const json& project : *projects) {
        if (text_of(project, "name") == name) return project;
    }
    return json::object();
}

namespace {

std::int64_t total_of(const json& counts) {
    std::int64_t total = 0;
    if (counts.is_number_integer()) return counts.get<std::int64_t>();
    for (const auto& [reason, count] : counts.items()) total += count.is_number_integer() ? count.get<std::int64_t>() : 0;
    return total;
}

}  // namespace

json Administration::row_of(const Project& project) const {
    const auto facts = project.facts();
    json row{{"name", project.name()},
             {"file", project.library() ? project.library()->file.path.filename().string() : ""},
             {"path", project.library() ? project.library()->file.path.string() : ""},
             {"version", text_of(facts.manifest, "version")},
             {"state", name_of(project.state())},
             {"keeps_clients", survival_of(facts.manifest).is_any()},
             {"file_gone", projects_.is_file_gone(project)},
             {"isolation", config::name_of(project.settings().isolation)},
             {"generation", to_text(facts.generation)},
             {"pid", project.current() ? project.current()->pid() : 0},
             {"url_path", "/" + project.name()},
             {"clients_limit", project.settings().limits.connections},
             {"started_at_ms", facts.started_at_ms},
             {"restarts", facts.restarts},
             {"crashes", facts.crashes},
             {"last_error", text_or_null(facts.last_error)},
             {"last_error_at_ms", facts.last_error_at_ms},
             {"first_run_error", text_or_null(facts.first_run_error)},
             {"procedures", array_of(facts.manifest, "procedures")}};
    row["drain"] = drain_json(project.drain());
    json draining = json::array();
    for (const auto& loaded : project.draining()) draining.push_back(loaded.version);
    row["draining"] = std::move(draining);
    json earlier = json::array();
    for (const Library& library : project.earlier().all()) earlier.push_back(text_of(library.manifest, "version"));
    row["earlier"] = std::move(earlier);
    row["gone_back"] = project.earlier().has_gone_back();
    return row;
}

json Administration::rows_of(const std::string& only) const {
    json rows = json::array();
    for (const auto& [name, project] : projects_.all()) {
        if (only.empty() || only == name) rows.push_back(row_of(*project));
    }
    return rows;
}

namespace {

void add_figures(json& row, const json& figures) {
    for (const char* key : {"clients", "accepted", "messages_in", "messages_out", "bytes_in", "bytes_out"}) {
        row[key] = number_of(figures, key);
    }
    row["refused"] = total_of(figures.contains("refused") ? figures["refused"] : json::object());
    row["refusals"] = figures.value("refused", json::object());
    row["limit_hits"] = figures.value("limit_hits", json::object());
}

/// Adds what the gateway counted to each row; answers how many clients those have.
std::int64_t add_figures_of_all(json& rows, const json& stats) {
    std::int64_t clients = 0;
    for (json& row : rows) {
        add_figures(row, figures_of(stats, text_of(row, "name")));
        clients += row["clients"].get<std::int64_t>();
    }
    return clients;
}

}  // namespace

json Administration::json_of(const std::vector<Projects::Refusal>& refusals) {
    json list = json::array();
    for (const auto& refusal : refusals) {
        list.push_back({{"file", refusal.file}, {"project", refusal.project}, {"error", refusal.error}});
    }
    return list;
}

void Administration::list_projects(const Request& request, const Reply& reply) {
    if (request.arguments.contains("project")) {
        // A file that was refused can be asked for by the name that it would have.
        const std::string name = text_of(request.arguments, "project");
        const auto refusal = projects_.find(name) ? std::nullopt : projects_.refusal_of(name);
        if (refusal) return reply.ok({{"projects", json::array()}, {"refused", json_of({*refusal})}, {"removed", json::array()}});
        if (!project_of(request, reply)) return;
    }
    with_gateway_stats([this, rows = rows_of(text_of(request.arguments, "project")), reply](const json& stats) mutable {
        add_figures_of_all(rows, stats);
        json removed = json::array();
        for (const auto& entry : projects_.removed()) removed.push_back(entry.string());
        reply.ok({{"projects", rows}, {"refused", json_of(projects_.refused())}, {"removed", removed}});
    });
}

void Administration::status(const Request&, const Reply& reply) {
    with_gateway_stats([this, rows = rows_of(), state = facts_.state, reply](const json& stats) mutable {
        json listeners = json::array();
        for (const auto& listener : facts_.listeners) {
            const std::int64_t expires = listener.certificate_expires_at_ms;
            listeners.push_back({{"address", listener.address},
                                 {"tls", listener.tls},
                                 {"certificate_expires_at_ms", expires == 0 ? json(nullptr) : json(expires)}});
        }
        const std::int64_t clients = add_figures_of_all(rows, stats);
        reply.ok({{"host",
                   {{"version", facts_.version},
                    {"pid", ::getpid()},
                    {"state", name_of(state)},
                    {"drain", drain_json(facts_.drain)},
                    {"started_at_ms", facts_.started_at_ms},
                    {"configuration", facts_.configuration},
                    {"plugins", facts_.plugins},
                    {"state_directory", facts_.state_directory}}},
                  {"listeners", listeners},
                  {"pages", facts_.pages.empty() ? json(nullptr) : json{{"address", facts_.pages}}},
                  {"gateway",
                   {{"state", name_of(gateway_.state())},
                    {"pid", gateway_.pid()},
                    {"restarts", gateway_.restarts()},
                    {"connections", number_of(stats, "connections")},
                    {"refused", stats.value("refused", json::object())},
                    {"limit_hits", stats.value("limit_hits", json::object())},
                    {"memory_bytes", number_of(stats, "memory_bytes")},
                    {"memory_limit_bytes", number_of(stats, "memory_limit_bytes")}}},
                  {"clients", clients},
                  {"clients_limit", facts_.clients_limit},
                  {"projects", rows}});
    });
}

void Administration::logs(const Request& request, const Reply& reply) {
    if (request.arguments.contains("project") && !project_of(request, reply)) return;
    control::answer_logs(outputs_.ring(), request, reply, wall_clock_ms());
}

}  // namespace berth::host::supervisor
