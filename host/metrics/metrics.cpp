// SPDX-License-Identifier: MIT
#include "metrics/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <array>
#include <nlohmann/json.hpp>

#include "metrics/families.hpp"

namespace berth::host::metrics {
namespace {

using nlohmann::json;

constexpr double ms = 0.001;

json object_at(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_object() ? *found : json::object();
}

std::string text_at(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// One gauge for each possible state, 1 for the present one, as alerting rules like it.
void add_state(Families& families, const std::string& name, const std::string& help,
               const std::string& present, std::initializer_list<const char*> states, const Labels& labels) {
    for (const char* state : states) {
        Labels with = labels;
        with.push_back({"state", state});
        families.gauge(name, help, present == state ? 1 : 0, std::move(with));
    }
}

void add_host(Families& families, const json& stats) {
    families.gauge("berth_build_info", "1, with the version of the host.", 1,
                   {{"version", text_at(stats, "version")}});
    families.gauge("berth_ready", "1 when the host and every enabled project have started.",
                   stats.value("ready", json()) == true ? 1 : 0);
    families.gauge_of(stats, "started_at_ms", "berth_start_time_seconds",
                      "When the host started, seconds since 1970.", {}, ms);

    const json gateway = object_at(stats, "gateway");
    add_state(families, "berth_gateway_state", "The gateway's state.", text_at(gateway, "state"),
              {"starting", "running", "restarting"}, {});
    families.counter_of(gateway, "restarts", "berth_gateway_restarts_total",
                        "Times that the gateway was restarted.");
    families.gauge_of(gateway, "connections", "berth_connections",
                      "Open connections, those in a handshake included.");
    families.gauge_of(gateway, "clients_limit", "berth_connections_limit", "Most open connections.");
    families.counters_of(
        gateway, "refused", "reason", "berth_connections_refused_total",
        "Connections refused before a project was chosen, by reason: how often a limit was hit.");
    families.counters_of(gateway, "limit_hits", "limit", "berth_connection_limit_hits_total",
                         "Times that a limit ended a connection that had no project yet.");
    families.gauge_of(gateway, "memory_bytes", "berth_memory_bytes", "Memory held for clients.");
    families.gauge_of(gateway, "memory_limit_bytes", "berth_memory_limit_bytes", "Most memory held for clients.");

    if (const auto listeners = stats.find("listeners"); listeners != stats.end() && listeners->is_array()) {
        for (const json& listener : *listeners) {
            families.gauge_of(listener, "certificate_days_left", "berth_certificate_days_left",
                              "Whole days until the certificate of a listener expires.",
                              {{"listener", text_at(listener, "address")}});
        }
    }

    const json log = object_at(stats, "log");
    families.counter_of(log, "records", "berth_log_records_total", "Log lines written.");
    families.counter_of(log, "suppressed", "berth_log_suppressed_total",
                        "Log lines counted instead of written.");
    families.counter_of(log, "dropped", "berth_log_dropped_total", "Log lines lost.");
}

void add_traffic(Families& families, const json& project, const Labels& labels) {
    families.counter_of(project, "accepted", "berth_clients_accepted_total",
                        "Clients that the project admitted.", labels);
    families.counters_of(project, "refused", "reason", "berth_clients_refused_total",
                         "Newcomers refused, by reason: how often a limit was hit.", labels);
    families.counters_of(project, "closes", "code", "berth_clients_closed_total",
                         "Clients that have gone, by close code.", labels);
    families.counters_of(project, "limit_hits", "limit", "berth_limit_hits_total",
                         "Times that a limit ended a client or held it back, by limit.", labels);
    families.counter_of(project, "messages_in", "berth_messages_received_total", "Messages from clients.",
                        labels);
    families.counter_of(project, "messages_out", "berth_messages_sent_total", "Messages to clients.", labels);
    families.counter_of(project, "dropped_out", "berth_messages_dropped_total",
                        "Messages to clients dropped by the backlog policy.", labels);
    families.counter_of(project, "bytes_in", "berth_received_bytes_total", "Bytes of messages from clients.",
                        labels);
    families.counter_of(project, "bytes_out", "berth_sent_bytes_total", "Bytes of messages to clients.",
                        labels);
}

void add_limits(Families& families, const json& project, const Labels& labels) {
    families.gauge_of(project, "clients", "berth_clients", "Connected clients.", labels);
    families.gauge_of(project, "clients_limit", "berth_clients_limit", "Most clients of the project.",
                      labels);
    const json limits = object_at(project, "limits");
    families.gauge_of(limits, "message_bytes", "berth_message_limit_bytes",
                      "Longest message; longer ones close with 1009.", labels);
    families.gauge_of(project, "backlog_bytes", "berth_backlog_bytes", "Bytes waiting for slow clients.",
                      labels);
    families.gauge_of(limits, "backlog_bytes", "berth_backlog_limit_bytes",
                      "Most bytes that wait for one client.", labels);
    families.gauge_of(project, "inbox_bytes", "berth_inbox_bytes", "Bytes of messages that wait for handlers.", labels);
    families.gauge_of(limits, "inbox_total_bytes", "berth_inbox_limit_bytes",
                      "Most bytes that wait for the handlers of one process.", labels);
}

void add_worker(Families& families, const json& project, const Labels& labels) {
    const json worker = object_at(project, "worker");
    families.gauge_of(worker, "contexts", "berth_contexts",
                      "Contexts: one for each client and the global service.", labels);
    families.gauge_of(worker, "executors", "berth_executors", "Threads that run handlers.", labels);
    families.gauge_of(worker, "executors_limit", "berth_executors_limit", "Most threads that run handlers.",
                      labels);
    families.gauge_of(worker, "busy", "berth_executors_busy", "Threads inside a handler.", labels);
    families.gauge_of(worker, "queued", "berth_events_queued", "Events that wait for a thread.", labels);
    families.gauge_of(worker, "handler_ms", "berth_handler_limit_seconds",
                      "Longest handler; then the worker is ended.", labels, ms);
    families.counter_of(worker, "events", "berth_events_total", "Events and procedures run.", labels);
    if (const auto took = worker.find("events_us"); took != worker.end() && took->is_number()) {
        families.counter("berth_events_seconds_total", "Time spent in events and procedures.",
                         took->get<double>() * 1e-6, labels);
    }
    families.counter_of(worker, "errors", "berth_event_errors_total", "Events and procedures that failed.",
                        labels);
    families.gauge_of(worker, "databases", "berth_database_connections", "Open database connections.",
                      labels);
    families.gauge_of(worker, "databases_limit", "berth_database_connections_limit",
                      "Most open database connections.", labels);

    families.gauge_of(worker, "threads", "berth_worker_threads", "Threads of the project's process.", labels);
    families.gauge_of(worker, "threads_limit", "berth_worker_threads_limit", "Most threads of the project's process.", labels);
    families.gauge_of(worker, "memory_bytes", "berth_worker_memory_bytes", "Memory of the project's process.", labels);
    families.gauge_of(worker, "memory_limit_bytes", "berth_worker_memory_limit_bytes",
                      "Memory beyond which the project's process is replaced; 0: no limit.", labels);

    const json service = object_at(project, "service");
    families.gauge_of(service, "interval_ms", "berth_service_interval_seconds",
                      "Interval of the global service.", labels, ms);
    families.gauge_of(service, "last_ms", "berth_service_last_run_seconds", "Duration of its last run.",
                      labels, ms);
    families.counter_of(service, "runs", "berth_service_runs_total", "Runs of the global service.", labels);
    families.counter_of(service, "missed", "berth_service_missed_total",
                        "Ticks skipped because a run overstayed.", labels);
}

void add_project(Families& families, const json& project) {
    const Labels labels{{"project", text_at(project, "name")}};
    add_state(families, "berth_project_state", "The project's state.", text_at(project, "state"),
              {"open", "blocked", "draining", "starting", "failed", "stopped"}, labels);
    families.counter_of(project, "restarts", "berth_project_restarts_total",
                        "Times that its worker was restarted.", labels);
    families.counter_of(project, "crashes", "berth_project_crashes_total", "Times that its worker crashed.",
                        labels);
    add_limits(families, project, labels);
    add_traffic(families, project, labels);
    add_worker(families, project, labels);
}

}  // namespace

std::string text(const json& stats) {
    if (!stats.is_object()) return {};
    Families families;
    add_host(families, stats);
    const auto projects = stats.find("projects");
    if (projects != stats.end() && projects->is_array()) {
        for (const auto& project : *projects) {
            if (project.is_object()) add_project(families, project);
        }
    }
    return prometheus::TextSerializer().Serialize(families.all());
}

}  // namespace berth::host::metrics
