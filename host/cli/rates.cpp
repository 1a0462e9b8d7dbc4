// SPDX-License-Identifier: MIT
#include "cli/rates.hpp"

#include <cmath>
#include <string>

#include "cli/host_call.hpp"

namespace berth::host::cli {
namespace {

using nlohmann::json;

json member(const json& object, const char* key) { return object.is_object() ? object.value(key, json()) : json(); }

double grown(const json& before, const json& after, const char* key) {
    const auto was = static_cast<double>(count_at(before, key));
    const auto is = static_cast<double>(count_at(after, key));
    return is < was ? is : is - was;
}

/// One digit behind the point is as exact as two samples are.
json per_second(double count, double seconds) {
    return seconds > 0 ? std::round(10 * count / seconds) / 10 : 0.0;
}

json project_of(const json& projects, const std::string& name) {
    for (const auto& project : projects.is_array() ? projects : json::array()) {
        if (text_at(project, "name") == name) return project;
    }
    return json::object();
}

json row_between(const json& before, const json& after, double seconds) {
    json row{{"name", text_at(after, "name")},
             {"state", text_at(after, "state")},
             {"clients", count_at(after, "clients")},
             {"clients_limit", count_at(after, "clients_limit")},
             {"backlog_bytes", count_at(after, "backlog_bytes")}};
    for (const char* key : {"messages_in", "messages_out", "bytes_in", "bytes_out"}) {
        row[std::string(key) + "_per_s"] = per_second(grown(before, after, key), seconds);
    }
    const json worker_before = member(before, "worker");
    const json worker = member(after, "worker");
    for (const char* key : {"queued", "busy", "executors", "executors_limit"}) {
        row[key] = worker.is_object() ? json(count_at(worker, key)) : json(nullptr);
    }
    const json was = worker_before.is_object() ? worker_before : json::object();
    const json is = worker.is_object() ? worker : json::object();
    const double events = grown(was, is, "events");
    row["events_per_s"] = per_second(events, seconds);
    row["errors_per_s"] = per_second(grown(was, is, "errors"), seconds);
    row["event_ms"] = events > 0 ? json(std::round(grown(was, is, "events_us") / events) / 1000) : json(nullptr);
    return row;
}

}  // namespace

json rates_between(const json& before, const json& after, double seconds) {
    const json gateway = member(after, "gateway");
    json projects = json::array();
    std::uint64_t clients = 0;
    for (const auto& project : after.value("projects", json::array())) {
        const json earlier = project_of(member(before, "projects"), text_at(project, "name"));
        projects.push_back(row_between(earlier, project, earlier.empty() ? 0 : seconds));
        clients += count_at(project, "clients");
    }
    return {{"version", text_at(after, "version")},
            {"ready", after.value("ready", false)},
            {"seconds", std::round(100 * seconds) / 100},
            {"clients", clients},
            {"clients_limit", gateway.is_object() ? count_at(gateway, "clients_limit") : 0},
            {"connections", gateway.is_object() ? count_at(gateway, "connections") : 0},
            {"projects", std::move(projects)}};
}

}  // namespace berth::host::cli
