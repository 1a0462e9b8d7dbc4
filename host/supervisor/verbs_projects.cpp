// SPDX-License-Identifier: MIT
// Verbs about projects: service, block, open, start, stop, reload, deploy, rollback, add, remove, rescan; and the end of the host.
#include "supervisor/administration.hpp"
#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

constexpr Milliseconds service_limit{5'000};
/// A run of the global service has no limit of its own by default.
constexpr Milliseconds run_limit{24 * 3600 * 1000};
constexpr std::int64_t retry_after_default_s = 30;

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
    const std::int64_t retry_after_s = number_of(request.arguments, "retry_after_s", retry_after_default_s);
    if (retry_after_s < 0 || retry_after_s > 86'400) {
        return reply.fail(control::ReplyCode::usage, "retry_after_s must be 0 to 86400");
    }
    project->block(static_cast<std::uint32_t>(retry_after_s));
    reply_state(*project, reply);
}

void Administration::open(const Request& request, const Reply& reply) {
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
        if (const Project* const project_now = projects_.find(name)) reply_state(*project_now, reply);
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
    if (facts_.state != HostFacts::State::running) {
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
        if (const Project* const project_now = projects_.find(name)) reply_state(*project_now, reply);
    });
}

void Administration::deploy(const Request& request, const Reply& reply) {
    const std::filesystem::path file = text_of(request.arguments, "file");
    if (!file.is_absolute()) return reply.fail(control::ReplyCode::usage, "file must be an absolute path");
    projects_.deploy(file.lexically_normal(), text_of(request.arguments, "name"),
                     [this, reply](const Result<Projects::Deployed>& deployed) {
        if (deployed) return reply_state(*deployed->project, reply, {{"file", deployed->file.string()}, {"kept", deployed->is_kept}});
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
        if (const Project* const project_now = projects_.find(name)) reply_state(*project_now, reply);
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
        if (project) return reply_state(**project, reply, {{"file", file}});
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
