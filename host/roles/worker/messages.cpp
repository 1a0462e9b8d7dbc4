// SPDX-License-Identifier: MIT
#include "roles/worker/messages.hpp"

#include <berth/berth.h>

#include <bit>
#include <charconv>

#include "base/base64.hpp"

namespace berth::host::roles {
namespace {

using nlohmann::json;

/// A whole number, as such or as decimal text.
template <class T>
std::optional<T> number_in(const json& value) {
    if (value.is_number_unsigned() || value.is_number_integer()) return value.get<T>();
    if (!value.is_string()) return std::nullopt;
    const auto& text = value.get_ref<const std::string&>();
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Reads members of one object; the first that is missing or wrong is remembered.
class Members {
public:
    explicit Members(const json& object) : object_(object) {}

    template <class T>
    void number(const char* key, T& out) {
        const auto value = object_.is_object() ? object_.find(key) : object_.end();
        const auto read = value == object_.end() ? std::nullopt : number_in<T>(*value);
        if (read) {
            out = *read;
        } else {
            wrong(key);
        }
    }
    void milliseconds(const char* key, Milliseconds& out) {
        std::int64_t count = 0;
        number(key, count);
        out = Milliseconds(count);
    }
    void text(const char* key, std::string& out) {
        const auto value = object_.is_object() ? object_.find(key) : object_.end();
        if (value != object_.end() && value->is_string()) {
            out = value->get<std::string>();
        } else {
            wrong(key);
        }
    }
    void path(const char* key, std::filesystem::path& out) {
        std::string name;
        text(key, name);
        out = name;
    }
    void wrong(const char* key) {
        if (problem_.empty()) problem_ = key;
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    const json& object_;
    std::string problem_;
};

const json& member(const json& object, const char* key) {
    static const json nothing;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() ? nothing : *found;
}

Result<void> read_limits(const json& from, worker::Limits& limits) {
    Members members(from);
    members.number("message_bytes", limits.message_bytes);
    members.number("backlog_bytes", limits.backlog_bytes);
    members.milliseconds("handler_ms", limits.handler);
    members.milliseconds("slow_event_ms", limits.slow_event);
    members.number("executors", limits.executors);
    members.number("inbox_events", limits.inbox_events);
    members.number("inbox_bytes", limits.inbox_bytes);
    members.number("topics", limits.topics);
    members.number("subscriptions", limits.subscriptions);
    members.milliseconds("connection_event_ms", limits.connection_event);
    std::string policy;
    members.text("backlog_policy", policy);
    if (policy == "close") {
        limits.backlog_policy = worker::BacklogPolicy::close;
    } else if (policy == "drop_newest") {
        limits.backlog_policy = worker::BacklogPolicy::drop_newest;
    } else if (policy == "drop_oldest") {
        limits.backlog_policy = worker::BacklogPolicy::drop_oldest;
    } else {
        members.wrong("backlog_policy");
    }
    if (!members.problem().empty()) return fail(Code::invalid, "init: limits." + members.problem() + " is missing or wrong");
    return {};
}

std::optional<worker::Setting> setting_of(const json& from) {
    const json& value = member(from, "value");
    const json& type = member(from, "type");
    const json& key = member(from, "key");
    if (!key.is_string() || !type.is_string()) return std::nullopt;
    worker::Setting setting{.key = key.get<std::string>(), .value = std::string()};
    if (type == "text" && value.is_string()) {
        setting.value = value.get<std::string>();
    } else if ((type == "bool" || type == "boolean") && value.is_boolean()) {
        setting.value = value.get<bool>();
    } else if (type == "real" && value.is_number()) {
        setting.value = value.get<double>();
    } else if (const auto integer = number_in<std::int64_t>(value); integer && (type == "int" || type == "integer")) {
        setting.value = *integer;
    } else {
        return std::nullopt;
    }
    return setting;
}

std::uint32_t type_of(const json& type) {
    if (!type.is_string()) return BERTH_NULL;
    if (type == "int") return BERTH_INTEGER;
    if (type == "bool") return BERTH_BOOLEAN;
    return worker::type_named(type.get_ref<const std::string&>());
}

std::optional<worker::Value> value_of_json(const json& from) {
    worker::Value result;
    result.type = type_of(member(from, "type"));
    const json& value = member(from, "value");
    switch (result.type) {
        case BERTH_BOOLEAN:
            if (!value.is_boolean()) return std::nullopt;
            result.integer = value.get<bool>() ? 1 : 0;
            return result;
        case BERTH_INTEGER: {
            const auto integer = number_in<std::int64_t>(value);
            result.integer = integer.value_or(0);
            return integer ? std::optional(result) : std::nullopt;
        }
        case BERTH_CLIENT: {
            const auto client = number_in<std::uint64_t>(value);
            result.integer = std::bit_cast<std::int64_t>(client.value_or(0));
            return client ? std::optional(result) : std::nullopt;
        }
        case BERTH_REAL:
            if (!value.is_number()) return std::nullopt;
            result.real = value.get<double>();
            return result;
        case BERTH_TEXT:
            if (!value.is_string()) return std::nullopt;
            result.bytes = value.get<std::string>();
            return result;
        case BERTH_BUFFER: {
            auto bytes = value.is_string() ? from_base64(value.get_ref<const std::string&>()) : std::nullopt;
            if (!bytes) return std::nullopt;
            result.bytes = std::move(*bytes);
            return result;
        }
        default: return std::nullopt;
    }
}

}  // namespace

Result<worker::WorkerSettings> settings_of(const json& init) {
    worker::WorkerSettings settings;
    Members members(init);
    members.text("project", settings.project);
    members.number("generation", settings.generation);
    members.number("run", settings.run);
    members.path("library", settings.library);
    members.path("data_directory", settings.data_directory);
    if (!members.problem().empty()) return fail(Code::invalid, "init: " + members.problem() + " is missing or wrong");
    if (const json& interval = member(init, "interval_ms"); !interval.is_null()) {
        const auto count = number_in<std::int64_t>(interval);
        if (!count || *count < 0) return fail(Code::invalid, "init: interval_ms is wrong");
        settings.interval = Milliseconds(*count);
    }
    if (const json& flags = member(init, "flags"); !flags.is_null()) {
        settings.flags = number_in<std::uint64_t>(flags);
        if (!settings.flags) return fail(Code::invalid, "init: flags is wrong");
    }
    BERTH_TRY(read_limits(member(init, "limits"), settings.limits));

    Members database(member(init, "database"));
    database.path("file", settings.database.file);
    database.number("connections", settings.database.connections);
    database.milliseconds("busy_ms", settings.database.busy);
    if (!database.problem().empty())
        return fail(Code::invalid, "init: database." + database.problem() + " is missing or wrong");
    for (const json& from : member(init, "settings")) {
        auto setting = setting_of(from);
        if (!setting) return fail(Code::invalid, "init: settings has an entry that is wrong: " + from.dump().substr(0, 200));
        settings.settings.push_back(std::move(*setting));
    }
    return settings;
}

Result<ClientId> client_of(const json& message) {
    const auto number = number_in<std::uint64_t>(member(message, "client"));
    if (!number) return fail(Code::invalid, "a client is named by its id in decimal, the global service by 0");
    return ClientId{*number};
}

Result<std::vector<worker::Value>> arguments_of(const json& message) {
    std::vector<worker::Value> values;
    for (const json& from : member(message, "args")) {
        auto value = value_of_json(from);
        if (!value)
            return fail(Code::invalid, "parameter " + std::to_string(values.size() + 1) +
                                           " is none: it has a type (text, integer, real, boolean, buffer, client) "
                                           "and a value of it");
        values.push_back(std::move(*value));
    }
    return values;
}

json json_of(const worker::Description& description) {
    json procedures = json::array();
    for (const auto& procedure : description.procedures)
        procedures.push_back({{"name", procedure.name},
                              {"signature", procedure.signature},
                              {"admin", procedure.is_for_administrators}});
    return {{"name", description.name},
            {"version", description.version},
            {"abi_minor", description.abi_minor},
            {"interval_ms", description.interval.count()},
            {"flags", std::to_string(description.flags)},
            {"procedures", std::move(procedures)}};
}

json json_of(const worker::ServiceFigures& figures) {
    return {{"interval_ms", figures.interval.count()},
            {"runs", figures.runs},
            {"missed", figures.missed},
            {"last_ms", figures.runs == 0 ? json(nullptr) : json(figures.last_ms)},
            {"next_ms", figures.next_ms < 0 ? json(nullptr) : json(figures.next_ms)},
            {"running", figures.is_running}};
}

json json_of(const worker::Figures& figures, const worker::WorkerSettings& settings) {
    return {{"contexts", figures.contexts},
            {"executors", figures.executors},
            {"executors_limit", settings.limits.executors},
            {"busy", figures.busy},
            {"queued", figures.queued},
            {"events", figures.events},
            {"events_us", figures.events_us},
            {"errors", figures.errors},
            {"last_error", figures.last_error.empty() ? json(nullptr) : json(figures.last_error)},
            {"databases", figures.databases},
            {"databases_limit", settings.database.connections}};
}

}  // namespace berth::host::roles
