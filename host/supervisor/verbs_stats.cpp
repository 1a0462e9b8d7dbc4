// SPDX-License-Identifier: MIT
// The verb stats: the figures behind /metrics, put together from the gateway and every worker.
#include <memory>

#include "base/clock.hpp"
#include "supervisor/administration.hpp"
#include "supervisor/certificate_dates.hpp"
#include "supervisor/json_values.hpp"
#include "supervisor/worker_bounds.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

/// A scraper does not wait for a worker that is busy elsewhere.
constexpr Milliseconds worker_limit{1'000};

/// Several answers to wait for; the last one to let go of it finishes the reply.
struct Gathering {
    json body;
    control::Reply reply;

    Gathering(json begun, control::Reply to) : body(std::move(begun)), reply(std::move(to)) {}
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;
    ~Gathering() { reply.ok(std::move(body)); }
};

json body_of(const Result<json>& result) {
    if (!result) return nullptr;
    json body = *result;
    body.erase("type");
    body.erase("request");
    return body;
}

}  // namespace

void Administration::stats(const Request&, const Reply& reply) {
    with_gateway_stats([this, reply](const json& gateway_stats) {
        const auto figures = outputs_.figures();
        json gateway{{"state", name_of(gateway_.state())}, {"restarts", gateway_.restarts()}, {"clients_limit", facts_.clients_limit},
                     {"incarnation", gateway_.incarnation()}};
        for (const auto& [key, value] : gateway_stats.items()) {
            if (key != "projects" && key != "type" && key != "request") gateway[key] = value;
        }
        json listeners = json::array();
        for (const auto& listener : facts_.listeners) {
            json row{{"address", listener.address}, {"tls", listener.tls}};
            if (listener.certificate_expires_at_ms != 0) row["certificate_days_left"] = days_left(listener.certificate_expires_at_ms, wall_clock_ms());
            listeners.push_back(std::move(row));
        }
        const auto gathering = std::make_shared<Gathering>(
            json{{"ready", reasons_not_ready().empty()},
                 {"started_at_ms", facts_.started_at_ms},
                 {"version", facts_.version},
                 {"gateway", gateway},
                 {"listeners", listeners},
                 {"projects", json::array()},
                 {"log", {{"records", figures.records}, {"suppressed", figures.suppressed}, {"dropped", figures.failed}}}},
            reply);
        std::int64_t clients = 0;
        for (const auto& [name, project] : projects_.all()) {
            const json counted = figures_of(gateway_stats, name);
            clients += number_of(counted, "clients");
            const auto facts = project->facts();
            const auto& limits = project->settings().limits;
            json row = counted;
            row.update({{"name", name},
                        {"state", name_of(project->state())},
                        {"isolation", config::name_of(project->settings().isolation)},
                        {"generation", to_text(facts.generation)},
                        {"clients", number_of(counted, "clients")},
                        {"clients_limit", limits.connections},
                        {"restarts", facts.restarts},
                        {"crashes", facts.crashes},
                        {"limits",
                         {{"connections", limits.connections},
                          {"message_bytes", limits.message_bytes},
                          {"backlog_bytes", limits.backlog_bytes},
                          {"inbox_total_bytes", limits.inbox_total_bytes}}},
                        {"service", nullptr},
                        {"worker", nullptr}});
            const std::size_t index = gathering->body["projects"].size();
            gathering->body["projects"].push_back(std::move(row));
            Worker* const worker = project->current();
            if (!worker) continue;
            worker->request({{"type", "service"}}, worker_limit, [gathering, index](const Result<json>& service) {
                gathering->body["projects"][index]["service"] = body_of(service);
            });
            const auto usage = worker->plan().in_gateway ? std::nullopt : usage_of(worker->pid());
            worker->request({{"type", "stats"}}, worker_limit, [gathering, index, limits, usage](const Result<json>& stats_of_worker) {
                json body = body_of(stats_of_worker);
                if (body.is_object()) {
                    body["executors_limit"] = limits.executors;
                    body["handler_ms"] = limits.handler.count();
                    if (usage) {
                        body["threads"] = usage->threads;
                        body["threads_limit"] = tasks_of(limits);
                        body["memory_bytes"] = usage->memory_bytes;
                        body["memory_limit_bytes"] = limits.memory_bytes;
                    }
                }
                gathering->body["projects"][index]["worker"] = std::move(body);
            });
        }
        if (!gathering->body["gateway"].contains("clients")) gathering->body["gateway"]["clients"] = clients;
    });
}

}  // namespace berth::host::supervisor
