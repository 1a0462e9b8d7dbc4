// SPDX-License-Identifier: MIT
#include "supervisor/administration.hpp"

#include <algorithm>
#include <map>

#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

/// How many letters must change; small texts only.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string_view name_of(HostFacts::State state) {
    switch (state) {
        case HostFacts::State::starting: return "starting";
        case HostFacts::State::running: return "running";
        case HostFacts::State::draining: return "draining";
        case HostFacts::State::drained: return "drained";
        case HostFacts::State::stopping: return "stopping";
    }
    return "starting";
}

std::string nearest_name(const std::string& wanted, const Projects& projects) {
    std::string best;
    std::size_t best_distance = 3;
    if (wanted.size() > 64) return best;
    for (const auto& [name, project] : projects.all()) {
        const bool begins = wanted.size() >= 3 && name.starts_with(wanted);
        const std::size_t d = begins ? 1 : distance(wanted, name);
        if (d < best_distance && d < name.size()) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

void Administration::handle(control::Request request, control::Reply reply) {
    using Method = void (Administration::*)(const Request&, const Reply&);
    static const std::map<std::string_view, Method> methods{
        {"version", &Administration::version},       {"health", &Administration::health},
        {"status", &Administration::status},         {"projects", &Administration::list_projects},
        {"logs", &Administration::logs},             {"stats", &Administration::stats},
        {"clients", &Administration::clients},       {"disconnect", &Administration::disconnect},
        {"send", &Administration::send},             {"execute", &Administration::execute},
        {"service", &Administration::service},       {"block", &Administration::block},
        {"open", &Administration::open},             {"start", &Administration::start},
        {"stop", &Administration::stop},             {"reload", &Administration::reload},
        {"rescan", &Administration::rescan},         {"add", &Administration::add},
        {"remove", &Administration::remove},         {"deploy", &Administration::deploy},
        {"rollback", &Administration::rollback},     {"drain", &Administration::drain},
    };
    const auto method = methods.find(request.verb);
    if (method == methods.end()) {
        return reply.fail(control::ReplyCode::usage, "this host has no verb " + request.verb);
    }
    (this->*method->second)(request, reply);
}

Project* Administration::project_of(const Request& request, const Reply& reply) const {
    const std::string name = text_of(request.arguments, "project");
    if (Project* const project = projects_.find(name)) return project;
    if (const auto refusal = projects_.refusal_of(name)) {
        reply.fail(control::ReplyCode::not_found, name + " is no project: its library was refused: " + refusal->error);
        return nullptr;
    }
    const std::string nearest = nearest_name(name, projects_);
    reply.fail(control::ReplyCode::not_found,
               "no project is called " + name + (nearest.empty() ? "; `berth projects` lists them" : "; did you mean " + nearest + "?"));
    return nullptr;
}

Project* Administration::running_project_of(const Request& request, const Reply& reply) const {
    Project* const project = project_of(request, reply);
    if (!project || project->current()) return project;
    const auto facts = project->facts();
    const bool is_over = project->state() == Project::State::stopped || project->state() == Project::State::failed;
    reply.fail(project->state() == Project::State::starting ? control::ReplyCode::try_again : control::ReplyCode::unavailable,
               "project " + project->name() + " is " + std::string(name_of(project->state())) +
                   (is_over ? "; `berth start " + project->name() + "` starts it" : "") +
                   (facts.last_error.empty() ? "" : "; its last error: " + facts.last_error));
    return nullptr;
}

void Administration::reply_state(const Project& project, const Reply& reply, nlohmann::json more) {
    more["project"] = project.name();
    more["state"] = name_of(project.state());
    // The gateway obeys in order on every I/O thread: once it has answered this, newcomers meet the new state.
    with_gateway_stats([body = std::move(more), reply](const nlohmann::json&) { reply.ok(body); });
}

void Administration::reply_started(const Project& project, const Reply& reply, nlohmann::json more) {
    more["first_run_error"] = text_or_null(project.facts().first_run_error);
    reply_state(project, reply, std::move(more));
}

}  // namespace berth::host::supervisor
