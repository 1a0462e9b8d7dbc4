// SPDX-License-Identifier: MIT
#include "supervisor/log_lines.hpp"

#include "base/clock.hpp"

namespace berth::host::supervisor {
namespace {

void tag(log::Record& record, const Speaker& speaker) {
    record.process = speaker.process;
    if (!speaker.project.empty()) record.project = speaker.project;
    if (speaker.generation != 0) {
        record.generation = speaker.generation;
        // Once is enough.
        std::erase_if(record.fields, [](const auto& field) { return field.key == "generation"; });
    }
}

}  // namespace

log::Record record_of_line(std::string_view line, const Speaker& speaker) {
    auto record = log::parse_record(line);
    if (!record) {
        record.emplace();
        record->time_ms = wall_clock_ms();
        record->level = log::Level::warning;
        record->message = "a line of the log pipe is not a record";
        record->fields = {{"line", std::string(line), false}};
    }
    tag(*record, speaker);
    return std::move(*record);
}

log::Record record_of_print(std::string_view line, bool is_error, const Speaker& speaker) {
    log::Record record;
    record.time_ms = wall_clock_ms();
    record.level = is_error ? log::Level::warning : log::Level::info;
    record.message = line;
    record.fields = {{"stream", is_error ? "stderr" : "stdout", false}};
    tag(record, speaker);
    return record;
}

}  // namespace berth::host::supervisor
