// SPDX-License-Identifier: MIT
#include "log/render.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace berth::host::log {
namespace {

/// Fields that many messages have, in the order in which they are shown.
constexpr std::array<std::string_view, 10> well_known{"project", "client", "event", "procedure", "path",
                                                      "address", "port",   "code",  "cause",     "reason"};

/// One UTF-8 sequence at the start of the text (RFC 3629): its length, 0 when it is malformed.
std::size_t sequence_length(std::string_view text, std::uint32_t& code) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto first = byte(0);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length == 0 || text.size() < length) return 0;
    code = length == 1 ? first : first & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0u) != 0x80) return 0;
        code = (code << 6u) | (byte(i) & 0x3Fu);
    }
    const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool is_outside = code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF);
    return is_overlong || is_outside ? 0 : length;
}

/// Invisible characters that end lines or change the direction of text (Unicode TR 36, "Trojan Source").
bool is_misleading(std::uint32_t code) {
    return (code >= 0x80 && code <= 0x9F) || code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
           (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F);
}

void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
    while (!text.empty()) {
        std::uint32_t code = 0;
        const std::size_t length = sequence_length(text, code);
        const char c = text[0];
        if (length == 0) {
            out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\\' || (in_quotes && c == '"')) {
            out += '\\';
            out += c;
        } else if (code < 0x20 || code == 0x7F) {
            out += fmt::format("\\x{:02X}", code);
        } else if (is_misleading(code)) {
            out += fmt::format("\\u{:04X}", code);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
}

/// Everything beside time, level and message, in the order in which it is shown.
std::vector<Record::Field> shown_fields(const Record& record) {
    std::vector<Record::Field> fields;
    if (!record.project.empty()) fields.push_back({"project", record.project, false});
    for (const std::string_view name : well_known) {
        for (const auto& field : record.fields) {
            if (field.key == name && !(name == "project" && !record.project.empty())) fields.push_back(field);
        }
    }
    const auto others = static_cast<std::ptrdiff_t>(fields.size());
    for (const auto& field : record.fields) {
        if (std::find(well_known.begin(), well_known.end(), field.key) == well_known.end())
            fields.push_back(field);
    }
    // By name: a record that came as JSON has no other order, and a line reads the same wherever it is shown.
    std::stable_sort(fields.begin() + others, fields.end(),
                     [](const auto& a, const auto& b) { return a.key < b.key; });
    // Who said it comes last, unless the line itself speaks of such a thing.
    const auto has = [&](std::string_view key) {
        return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.key == key; });
    };
    if (!record.process.empty() && !has("process")) fields.push_back({"process", record.process, false});
    if (record.generation != 0 && !has("generation")) {
        fields.push_back({"generation", std::to_string(record.generation), true});
    }
    return fields;
}

std::string_view colour_of(Level level) {
    switch (level) {
        case Level::debug:
            return "\x1b[2m";
        case Level::info:
            return "\x1b[32m";
        case Level::warning:
            return "\x1b[33m";
        case Level::error:
            return "\x1b[1;31m";
    }
    return "";
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    append_escaped(out, text, /*in_quotes=*/false);
    return out;
}

std::string quoted_value(std::string_view value) {
    if (!value.empty() && value.find_first_of(" \"=") == std::string_view::npos) return escaped(value);
    std::string out = "\"";
    append_escaped(out, value, /*in_quotes=*/true);
    return out + '"';
}

std::string time_text(std::int64_t wall_clock_ms) {
    // Years 0 to 9999; a child may say any number.
    const auto ms = std::clamp<std::int64_t>(wall_clock_ms, -62'167'219'200'000, 253'402'300'799'999);
    const std::int64_t second = (ms >= 0 ? ms : ms - 999) / 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(second)),
                       ms - second * 1000);
}

std::string render_human(const Record& record, bool colour) {
    const std::string_view reset = colour ? "\x1b[0m" : "";
    const std::string_view dim = colour ? "\x1b[2m" : "";
    std::string out = fmt::format("{}{}{} {}{:<7}{} {}", dim, time_text(record.time_ms), reset,
                                  colour ? colour_of(record.level) : "", name_of(record.level), reset,
                                  escaped(record.message));
    for (const auto& field : record.fields) {
        if (field.key != "repeated") continue;
        out += field.value == "1" ? ": once more" : fmt::format(": repeated {} times", escaped(field.value));
    }
    std::string_view gap = "  ";
    for (const auto& field : shown_fields(record)) {
        if (field.key == "repeated") continue;
        out +=
            fmt::format("{}{}{}={}{}", gap, dim, quoted_value(field.key), reset, quoted_value(field.value));
        gap = " ";
    }
    return out;
}

std::string render_json(const Record& record) {
    using Json = nlohmann::ordered_json;
    Json json = {
        {"time", time_text(record.time_ms)}, {"level", name_of(record.level)}, {"message", record.message}};
    for (const auto& field : shown_fields(record)) {
        std::string key = field.key;
        while (json.contains(key)) key += '_';
        Json value = field.is_number ? Json::parse(field.value, nullptr, false) : Json(field.value);
        json[key] = value.is_discarded() ? Json(field.value) : std::move(value);
    }
    // ASCII only: no character of a client's can then mislead whoever looks at the file.
    return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

}  // namespace berth::host::log
