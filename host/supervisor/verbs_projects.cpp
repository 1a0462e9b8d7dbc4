// SPDX-License-Identifier: MIT
// Verbs about projects: service, block, drain, open, start, stop, reload, deploy, rollback, add, remove, rescan; and the end of the host.
#include "supervisor/administration.hpp"
#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

constexpr Milliseconds service_limit{5'000};
/// A run of the global service has no limit of its own by default.
constexpr Milliseconds run_limit{24 * 3600 * 1000};
constexpr std::int64_t retry_after_default_s = 30;
constexpr std::int64_t drain_over_default_ms = 60'000;
constexpr std::int64_t drain_over_max_ms = 24 * 3'600'000;

/// What block and drain say to newcomers; nothing: out of its bounds.
std::optional<std::uint32_t> retry_after_in(const control::Request& request) {
    const std::int64_t given = number_of(request.arguments, "retry_after_s", retry_after_default_s);
    return given < 0 || given > 86'400 ? std::nullopt : std::optional(static_cast<std::uint32_t>(given));
}

void reply_service(const std::string& project, Worker& worker, const control::Reply& reply) {
    worker.request({{"type", "service"}}, service_limit, [project, reply](const Result<json>& service) {
        if (!service) return reply.fail(service.error());
        json body{{"project", project}};
        for (const char* key : {"interval_ms", "runs", "missed", "last_ms", "next_ms", "running"}) {
            body[key] = service->contains(key) ? (*service)[key] : json(nullptr);
        }
        if (number_of(body, "runs") == 0) body["last_ms"] = nullptr;
        reply.ok(std::move(body));
    });
}

}  // namespace

void Administration::service(const Request& request, const Reply& reply) {
    Project* const project = running_project_of(request, reply);
    if (!project) return;
    if (!request.arguments.value("run", false)) return reply_service(project->name(), *project->current(), reply);
    const std::uint64_t run = project->current()->plan().run;
    project->current()->request({{"type", "run"}}, run_limit, [this, name = project->name(), run, reply](const Result<json>& done) {
        if (!done) return reply.fail(done.error());
        if (number_of(*done, "status") != 0) {
            const std::string said = text_of(*done, "message");
            return reply.fail(control::ReplyCode::refused,
                              "project " + name + ": the global service failed" + (said.empty() ? "" : ": " + said));
        }
        Project* const still = projects_.find(name);
        Worker* const worker = still ? still->worker_of(run) : nullptr;
        if (!worker) return reply.fail(control::ReplyCode::try_again, "project " + name + " was restarted meanwhile");
        reply_service(name, *worker, reply);
    });
}

void Administration::block(const Request& request, const Reply& reply) {
    Project* const project = project_of(request, reply);
    if (!project) return;
    const auto retry_after_s = retry_after_in(request);
    if (!retry_after_s) return reply.fail(control::ReplyCode::usage, "retry_after_s must be 0 to 86400");
    project->block(*retry_after_s);
    reply_state(*project, reply);
}

void Administration::drain(const Request& request, const Reply& reply) {
    const auto retry_after_s = retry_after_in(request);
    if (!retry_after_s) return reply.fail(control::ReplyCode::usage, "retry_after_s must be 0 to 86400");
    const std::int64_t over_ms = number_of(request.arguments, "over_ms", drain_over_default_ms);
    if (over_ms > drain_over_max_ms) return reply.fail(control::ReplyCode::usage, "over_ms must be 0 to " + std::to_string(drain_over_max_ms));
    const Drain::Order order{.over = Milliseconds(over_ms), .retry_after_s = *retry_after_s};
    const bool waits = request.arguments.value("wait", true);
    const std::string name = text_of(request.arguments, "project");
    std::function<void()> done = [this, name, reply] { reply_drained(name, reply); };
    if (!waits) done = [] {};
    if (request.arguments.contains("project")) {
        Project* const project = project_of(request, reply);
        if (!project) return;
        if (project->state() == Project::State::stopped || project->state() == Project::State::failed) {
            return reply.fail(control::ReplyCode::refused, "project " + name + " is " + std::string(name_of(project->state())) +
                                                               ": it has no clients that could be sent away; `berth start " + name +
                                                               "` starts it");
        }
        project->drain(order, std::move(done));
    } else {
        if (!facts_.is_up()) return reply.fail(control::ReplyCode::try_again, "the host is " + std::string(name_of(facts_.state)));
        host_.drain(order, std::move(done));
    }
    if (!waits) reply_drained(name, reply);
}

void Administration::reply_drained(const std::string& project, const Reply& reply) {
    with_gateway_stats([this, project, reply](const json& stats) {
        json body{{"clients", clients_in(stats, project)}};
        if (project.empty()) {
            body["state"] = name_of(facts_.state);
            return reply.ok(std::move(body));
        }
        const Project* const found = projects_.find(project);
        body["project"] = project;
        body["state"] = found ? name_of(found->state()) : "removed";
        reply.ok(std::move(body));
    });
}

void Administration::open(const Request& request, const Reply& reply) {
    if (!request.arguments.contains("project")) {
        host_.open();
        return with_gateway_stats([this, reply](const json&) { reply.ok({{"state", name_of(facts_.state)}}); });
    }
    Project* const project = project_of(request, reply);
    if (!project) return;
    if (project->state() == Project::State::stopped) {
        return reply.fail(control::ReplyCode::refused, "project " + project->name() + " is stopped; `berth start " + project->name() + "` starts it");
    }
    project->open();
    reply_state(*project, reply);
}

void Administration::start(const Request& request, const Reply& reply) {
    Project* const project = project_of(request, reply);
    if (!project) return;
    project->start([this, name = project->name(), reply](const Result<void>& started) {
        if (!started) return reply.fail(started.error());
        if (const Project* const project_now = projects_.find(name)) reply_started(*project_now, reply);
    });
}

void Administration::stop(const Request& request, const Reply& reply) {
    if (!request.arguments.contains("project")) {
        const Milliseconds within = host_.stop();
        return reply.ok({{"state", "stopping"}, {"within_ms", within.count()}});
    }
    Project* const project = project_of(request, reply);
    if (!project) return;
    project->stop(/*clients_are_gone=*/false, [this, name = project->name(), reply] {
        if (const Project* const project_now = projects_.find(name)) reply_state(*project_now, reply);
    });
}

void Administration::reload_configuration(const Reply& reply) {
    if (!facts_.is_up()) {
        return reply.fail(control::ReplyCode::try_again, "the host is " + std::string(name_of(facts_.state)));
    }
    host_.reload([reply](const Result<Reload::Outcome>& outcome) {
        if (!outcome) return reply.fail(control::ReplyCode::configuration, "nothing was changed:\n" + outcome.error().message);
        if (!outcome->problem.empty()) return reply.fail(control::ReplyCode::refused, outcome->problem);
        reply.ok({{"changed", outcome->changed}, {"later", outcome->later}});
    });
}

void Administration::reload(const Request& request, const Reply& reply) {
    if (!request.arguments.contains("project")) return reload_configuration(reply);
    Project* const project = project_of(request, reply);
    if (!project) return;
    if (project->state() == Project::State::stopped) {
        return reply.fail(control::ReplyCode::refused, "project " + project->name() + " is stopped; `berth start " +
                                                           project->name() + "` starts its newest library");
    }
    projects_.reload(*project, [this, name = project->name(), reply](const Result<void>& done) {
        if (!done && done.error().code == Code::not_found) {
            return reply.fail(control::ReplyCode::no_input, done.error().message);
        }
        if (!done) return reply.fail(done.error());
        if (const Project* const project_now = projects_.find(name)) reply_started(*project_now, reply);
    });
}

void Administration::deploy(const Request& request, const Reply& reply) {
    const std::filesystem::path file = text_of(request.arguments, "file");
    if (!file.is_absolute()) return reply.fail(control::ReplyCode::usage, "file must be an absolute path");
    projects_.deploy(file.lexically_normal(), text_of(request.arguments, "name"),
                     [this, reply](const Result<Projects::Deployed>& deployed) {
        if (deployed) return reply_started(*deployed->project, reply, {{"file", deployed->file.string()}, {"kept", deployed->is_kept}});
        const Code code = deployed.error().code;
        reply.fail(code == Code::not_found ? control::ReplyCode::no_input
                   : code == Code::invalid ? control::ReplyCode::refused
                                           : control::reply_code_of(code),
                   deployed.error().message);
    });
}

void Administration::rollback(const Request& request, const Reply& reply) {
    Project* const project = project_of(request, reply);
    if (!project) return;
    project->roll_back([this, name = project->name(), reply](const Result<void>& done) {
        if (!done && done.error().code == Code::not_found) return reply.fail(control::ReplyCode::refused, done.error().message);
        if (!done) return reply.fail(done.error());
        if (const Project* const project_now = projects_.find(name)) reply_started(*project_now, reply);
    });
}

void Administration::add(const Request& request, const Reply& reply) {
    const std::filesystem::path file = text_of(request.arguments, "file");
    const std::string name = text_of(request.arguments, "name");
    if (!file.is_absolute()) return reply.fail(control::ReplyCode::usage, "file must be an absolute path");
    if (!name.empty() && !config::is_project_name(name)) {
        return reply.fail(control::ReplyCode::usage, "\"" + name + "\" is no project's name: it has 1 to 64 of a-z, 0-9, _ and -, " +
                                                         "and begins with a letter or digit");
    }
    if (facts_.state == HostFacts::State::stopping) return reply.fail(control::ReplyCode::try_again, "the host is stopping");
    projects_.add(file.lexically_normal(), name, [this, file = file.string(), reply](const Result<Project*>& project) {
        if (project) return reply_started(**project, reply, {{"file", file}});
        const bool is_missing = project.error().code == Code::not_found;
        // A library that is refused is the operation refused, not its words misspelt.
        const bool is_refused = project.error().code == Code::invalid;
        reply.fail(is_missing ? control::ReplyCode::no_input
                   : is_refused ? control::ReplyCode::refused
                                : control::reply_code_of(project.error().code),
                   project.error().message);
    });
}

void Administration::remove(const Request& request, const Reply& reply) {
    const std::string name = text_of(request.arguments, "project");
    if (!projects_.can_remove(name)) {
        static_cast<void>(project_of(request, reply));  // Says that there is none, and which may be meant.
        return;
    }
    projects_.remove(name, [this, name, reply](const Result<std::filesystem::path>& file) {
        if (!file) return reply.fail(file.error());
        const json body{{"project", name}, {"state", "removed"}, {"file", file->string()}};
        with_gateway_stats([body, reply](const json&) { reply.ok(body); });
    });
}

void Administration::rescan(const Request&, const Reply& reply) {
    projects_.rescan([reply](const Projects::Outcome& outcome) {
        reply.ok({{"added", outcome.added}, {"changed", outcome.changed}, {"removed", outcome.removed}, {"refused", json_of(outcome.refused)}});
    });
}

}  // namespace berth::host::supervisor
