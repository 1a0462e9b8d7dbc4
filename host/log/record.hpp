// SPDX-License-Identifier: MIT
/// A log line on its way from the process that said it to whoever renders, stores or follows it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"

namespace berth::host::log {

/// One line of any process of the host, owned. Text comes from projects and clients: a renderer must
/// escape control characters.
struct Record {
    struct Field {
        std::string key;
        std::string value;
        bool is_number = false;  ///< `value` is a JSON number

        bool operator==(const Field&) const = default;
    };

    std::int64_t time_ms = 0;  ///< wall clock
    log::Level level = log::Level::info;
    std::string process;           ///< supervisor, gateway, worker, probe, pages
    std::string project;           ///< empty: the line belongs to the host
    std::uint64_t generation = 0;  ///< 0: none
    std::string message;
    std::vector<Field> fields;

    bool operator==(const Record&) const = default;
};

/// An owned copy; a field "project" becomes the record's project.
[[nodiscard]] Record record_of(const Line& line);

/// {"t":ms,"l":"info","m":"…","f":{…},"process":…,"project":…,"generation":…}, empty members left out: one
/// line of a child's log pipe, and the "record" of the control protocol. Text that is not UTF-8 is mended.
[[nodiscard]] std::string line_of(const Record& record);
[[nodiscard]] nlohmann::json json_of(const Record& record);

/// Reads what `line_of` writes; nothing when it is something else. Unknown members are ignored, numbers
/// keep their digits, text keeps its bytes.
[[nodiscard]] std::optional<Record> parse_record(std::string_view line);
[[nodiscard]] std::optional<Record> record_from(const nlohmann::json& json);

}  // namespace berth::host::log
