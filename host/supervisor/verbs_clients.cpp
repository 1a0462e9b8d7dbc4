// SPDX-License-Identifier: MIT
// Verbs about clients: clients, disconnect, send, execute.
#include <berth/berth.h>

#include <algorithm>

#include "base/ip_address.hpp"
#include "config/suggest.hpp"
#include "supervisor/administration.hpp"
#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

constexpr std::int64_t page_default = 100;
constexpr std::int64_t page_max = 1000;
/// Beyond the handler's limit, for the answer to arrive; a worker that hangs is ended by then.
constexpr Milliseconds execute_grace{5'000};

/// Copies members of the request that the gateway knows by the same name.
void copy(json& to, const json& from, std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
        if (from.contains(key)) to[key] = from[key];
    }
}

/// The address as the gateway writes it; the control server let through nothing else.
void copy_address(json& to, const json& from) {
    if (const auto address = canonical_ip_address(text_of(from, "address"))) to["address"] = *address;
}

json body_of(json reply) {
    reply.erase("type");
    reply.erase("request");
    return reply;
}

/// Codes that an administrator may close with (SEMANTICS: disconnect): those that a server may send, RFC 6455 §7.4.1.
bool is_close_code(std::int64_t code) {
    const auto is_between = [code](std::int64_t first, std::int64_t last) { return code >= first && code <= last; };
    return is_between(1000, 1003) || is_between(1007, 1009) || is_between(1011, 1014) || is_between(3000, 4999);
}

bool is_utf8(const std::string& text) {
    // The JSON library refuses to write what is not.
    try {
        static_cast<void>(json(text).dump());
        return true;
    } catch (const json::exception&) {
        return false;
    }
}

std::string no_client(const std::string& id) { return "no client has the id " + id + "; `berth clients` lists them"; }

}  // namespace

void Administration::clients(const Request& request, const Reply& reply) {
    if (request.arguments.contains("project") && !project_of(request, reply)) return;
    json message{{"type", "clients"}};
    copy(message, request.arguments, {"project", "client", "idle_ms_min", "after"});
    copy_address(message, request.arguments);
    const std::int64_t limit = number_of(request.arguments, "limit", page_default);
    if (limit < 1 || limit > page_max) {
        return reply.fail(control::ReplyCode::usage, "limit is " + std::to_string(limit) + ", it must be 1 to 1000");
    }
    message["limit"] = limit;
    const bool is_one = request.arguments.contains("client");
    gateway_.request(std::move(message), [this, limit, is_one, id = text_of(request.arguments, "client"), reply](Result<json> page) {
        if (!page) return reply.fail(page.error());
        json body = body_of(std::move(*page));
        json rows = array_of(body, "clients");
        if (is_one && rows.empty()) return reply.fail(control::ReplyCode::not_found, no_client(id));
        for (json& row : rows) {
            // The gateway counts processes, people count versions of the library.
            const Project* const project = projects_.find(text_of(row, "project"));
            if (!project) continue;
            const auto loaded = project->loaded_by(static_cast<std::uint64_t>(number_of(row, "generation")));
            row["generation"] = to_text(loaded.generation);
            row["version"] = loaded.version;
        }
        const bool is_full = static_cast<std::int64_t>(rows.size()) == limit && !is_one;
        body["after"] = is_full ? json(text_of(rows.back(), "id")) : json(nullptr);
        body["clients"] = std::move(rows);
        reply.ok(std::move(body));
    });
}

void Administration::disconnect(const Request& request, const Reply& reply) {
    if (request.arguments.contains("project") && !project_of(request, reply)) return;
    const std::int64_t code = number_of(request.arguments, "code", 1000);
    if (!is_close_code(code)) {
        return reply.fail(control::ReplyCode::usage,
                          "code " + std::to_string(code) + " may not be sent; use 1000 to 1003, 1007 to 1009, 1011 to 1014, or 3000 to 4999");
    }
    const std::string reason = text_of(request.arguments, "reason");
    if (reason.size() > 123) {
        return reply.fail(control::ReplyCode::usage, "the reason has " + std::to_string(reason.size()) + " bytes, at most 123 fit");
    }
    json message{{"type", "disconnect"}, {"code", code}, {"reason", reason}, {"cause", "administrator"}};
    copy(message, request.arguments, {"client", "project"});
    copy_address(message, request.arguments);
    gateway_.request(std::move(message), [id = text_of(request.arguments, "client"), reply](Result<json> done) {
        if (!done) return reply.fail(done.error());
        if (!id.empty() && number_of(*done, "count") == 0) return reply.fail(control::ReplyCode::not_found, no_client(id));
        reply.ok(body_of(std::move(*done)));
    });
}

void Administration::send(const Request& request, const Reply& reply) {
    if (request.arguments.contains("project") && !project_of(request, reply)) return;
    if (text_of(request.arguments, "kind") == "text" && !is_utf8(text_of(request.arguments, "payload"))) {
        return reply.fail(control::ReplyCode::usage, "the text is not UTF-8; send it as a buffer");
    }
    json message{{"type", "send"}};
    copy(message, request.arguments, {"client", "project", "kind", "payload"});
    gateway_.request(std::move(message), [id = text_of(request.arguments, "client"), reply](Result<json> done) {
        if (!done) return reply.fail(done.error());
        if (!id.empty() && number_of(*done, "count") == 0) return reply.fail(control::ReplyCode::not_found, no_client(id));
        reply.ok(body_of(std::move(*done)));
    });
}

namespace {

/// Where a project has no such procedure: what may be meant, and who knows; else empty.
std::string hint_about(const std::string& procedure, const Project& project) {
    const json procedures = array_of(project.facts().manifest, "procedures");
    std::vector<std::string> names;
    for (const json& known : procedures) names.push_back(text_of(known, "name"));
    if (std::find(names.begin(), names.end(), procedure) != names.end()) return "";
    const std::string_view meant = config::nearest(procedure, {names.begin(), names.end()});
    return "; " + (meant.empty() ? "" : "did you mean " + std::string(meant) + "? ") + "`berth projects " + project.name() +
           "` lists them";
}

}  // namespace

void Administration::execute(const Request& request, const Reply& reply) {
    const std::string client = text_of(request.arguments, "client");
    if (client.empty()) {
        Project* const project = running_project_of(request, reply);
        if (project) execute_in(*project, project->current()->plan().run, "0", request, reply);
        return;
    }
    if (request.arguments.contains("project") && !project_of(request, reply)) return;
    // Only the gateway knows whose client it is, and which generation it belongs to.
    gateway_.request({{"type", "clients"}, {"client", client}, {"limit", 1}},
                     [this, client, request, reply](const Result<json>& page) {
                         if (!page) return reply.fail(page.error());
                         const json rows = array_of(*page, "clients");
                         if (rows.empty()) return reply.fail(control::ReplyCode::not_found, no_client(client));
                         const std::string name = text_of(rows[0], "project");
                         const std::string wanted = text_of(request.arguments, "project");
                         if (!wanted.empty() && wanted != name) {
                             return reply.fail(control::ReplyCode::not_found,
                                               "client " + client + " belongs to project " + name + ", not to " + wanted);
                         }
                         Project* const project = projects_.find(name);
                         if (!project) return reply.fail(control::ReplyCode::not_found, no_client(client));
                         execute_in(*project, static_cast<std::uint64_t>(number_of(rows[0], "generation")), client, request, reply);
                     });
}

void Administration::execute_in(Project& project, std::uint64_t run, const std::string& client, const Request& request,
                                const Reply& reply) {
    Worker* const worker = project.worker_of(run);
    if (!worker) return reply.fail(control::ReplyCode::try_again, "project " + project.name() + " is being restarted; try again");
    const std::string procedure = text_of(request.arguments, "procedure");
    json message{{"type", "execute"},
                 {"client", client},
                 {"procedure", procedure},
                 {"args", array_of(request.arguments, "arguments")}};
    const Milliseconds limit = project.settings().limits.handler.count() > 0 ? project.settings().limits.handler + execute_grace
                                                                             : Milliseconds{24 * 3600 * 1000};
    const std::string hint = hint_about(procedure, project);
    worker->request(std::move(message), limit, [name = project.name(), procedure, client, hint, reply](const Result<json>& done) {
        if (!done) return reply.fail(done.error());
        const std::int64_t status = number_of(*done, "status");
        const std::string said = text_of(*done, "message");
        if (status == BERTH_OK) {
            return reply.ok({{"project", name}, {"procedure", procedure}, {"message", said.empty() ? json(nullptr) : json(said)}});
        }
        if (status == BERTH_GONE) return reply.fail(control::ReplyCode::not_found, said.empty() ? no_client(client) : said);
        reply.fail(status == BERTH_BACKLOG_FULL ? control::ReplyCode::try_again : control::ReplyCode::refused,
                   said.empty() ? "project " + name + ": procedure " + procedure + " failed with status " + std::to_string(status)
                                : said + (status == BERTH_INVALID ? hint : ""));
    });
}

}  // namespace berth::host::supervisor
