// SPDX-License-Identifier: MIT
#include "log/record.hpp"

#include <utility>

#include "base/foreign_json.hpp"

namespace berth::host::log {
namespace {

template <class Json>
Json value_of_field(const Record::Field& field) {
    if (!field.is_number) return field.value;
    Json number = Json::parse(field.value, nullptr, /*allow_exceptions=*/false);
    return number.is_number() ? number : Json(field.value);  // "nan" and "inf" are no JSON numbers.
}

template <class Json>
Json to_json(const Record& record) {
    Json json = {{"t", record.time_ms}, {"l", name_of(record.level)}, {"m", record.message}};
    Json fields = Json::object();
    for (const auto& field : record.fields) fields[field.key] = value_of_field<Json>(field);
    if (!fields.empty()) json["f"] = std::move(fields);
    if (!record.process.empty()) json["process"] = record.process;
    if (!record.project.empty()) json["project"] = record.project;
    if (record.generation != 0) json["generation"] = record.generation;
    return json;
}

template <class Json>
std::string text_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->template get<std::string>() : std::string();
}

template <class Json>
std::optional<Record> from_json(const Json& json) {
    if (!json.is_object() || !json.contains("m") || !json["m"].is_string()) return std::nullopt;
    Record record;
    if (const auto time = json.find("t"); time != json.end() && time->is_number_integer())
        record.time_ms = *time;
    record.level = level_of(text_at(json, "l"));
    record.message = text_at(json, "m");
    record.process = text_at(json, "process");
    record.project = text_at(json, "project");
    const auto generation = json.find("generation");
    if (generation != json.end() && generation->is_number_unsigned()) record.generation = *generation;
    const auto fields = json.find("f");
    if (fields == json.end() || !fields->is_object()) return record;
    for (const auto& [key, value] : fields->items()) {
        const bool is_text = value.is_string();
        record.fields.push_back({.key = key,
                                 .value = is_text
                                              ? value.template get<std::string>()
                                              : value.dump(-1, ' ', false, Json::error_handler_t::replace),
                                 .is_number = value.is_number()});
    }
    return record;
}

}  // namespace

Record record_of(const Line& line) {
    Record record;
    record.time_ms = line.time_ms;
    record.level = line.level;
    record.message = line.message;
    for (const Field& field : line.fields) {
        if (field.key == "project") {
            record.project = field.value;
        } else {
            record.fields.push_back({std::string(field.key), field.value, field.is_number});
        }
    }
    return record;
}

std::string line_of(const Record& record) {
    using Json = nlohmann::ordered_json;  // The order of the fields is the order in which they were written.
    return to_json<Json>(record).dump(-1, ' ', false, Json::error_handler_t::replace);
}

nlohmann::json json_of(const Record& record) {
    return to_json<nlohmann::json>(record);
}

std::optional<Record> parse_record(std::string_view line) {
    return from_json(parse_foreign<nlohmann::ordered_json>(line));
}

std::optional<Record> record_from(const nlohmann::json& json) {
    return from_json(json);
}

}  // namespace berth::host::log
