// SPDX-License-Identifier: MIT
#include "supervisor/log_lines.hpp"

#include <nlohmann/json.hpp>

#include "base/clock.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

control::LogRecord not_a_record(std::string_view line, const control::LogRecord& tags) {
    control::LogRecord record = tags;
    record.time_ms = wall_clock_ms();
    record.level = log::Level::warning;
    record.message = "a line of the log pipe is not a record";
    record.fields = {{"line", std::string(line), false}};
    return record;
}

control::LogRecord::Field field_of(const std::string& key, const json& value) {
    if (value.is_string()) return {key, value.get<std::string>(), false};
    return {key, value.dump(-1, ' ', false, json::error_handler_t::replace), value.is_number()};
}

}  // namespace

control::LogRecord record_of_line(std::string_view line, const control::LogRecord& tags) {
    const json parsed = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_object() || !parsed.contains("m") || !parsed["m"].is_string()) return not_a_record(line, tags);
    control::LogRecord record = tags;
    const auto time = parsed.find("t");
    record.time_ms = time != parsed.end() && time->is_number_integer() ? time->get<std::int64_t>() : wall_clock_ms();
    const auto level = parsed.find("l");
    if (level != parsed.end() && level->is_string()) record.level = log::level_of(level->get<std::string>());
    record.message = parsed["m"].get<std::string>();
    const auto fields = parsed.find("f");
    if (fields == parsed.end() || !fields->is_object()) return record;
    for (const auto& [key, value] : fields->items()) {
        // The gateway speaks for many projects: its lines name theirs.
        if (key == "project" && value.is_string() && record.project.empty()) {
            record.project = value.get<std::string>();
        } else {
            record.fields.push_back(field_of(key, value));
        }
    }
    return record;
}

control::LogRecord record_of_print(std::string_view line, bool is_error, const control::LogRecord& tags) {
    control::LogRecord record = tags;
    record.time_ms = wall_clock_ms();
    record.level = is_error ? log::Level::warning : log::Level::info;
    record.message = "printed";
    record.fields = {{"stream", is_error ? "stderr" : "stdout", false}, {"text", std::string(line), false}};
    return record;
}

control::LogRecord record_of(const log::Line& line) {
    control::LogRecord record;
    record.time_ms = line.time_ms;
    record.level = line.level;
    record.process = "supervisor";
    record.message = line.message;
    for (const log::Field& field : line.fields) {
        if (field.key == "project" && record.project.empty()) {
            record.project = field.value;
        } else {
            record.fields.push_back({std::string(field.key), field.value, field.is_number});
        }
    }
    return record;
}

}  // namespace berth::host::supervisor
