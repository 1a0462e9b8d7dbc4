// SPDX-License-Identifier: MIT
/// A log line on its way from the process that said it to whoever renders, stores or follows it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/log.hpp"

namespace berth::host::control {

/// One line of any process of the host, owned. Text comes from projects and clients: a renderer must
/// escape control characters.
struct LogRecord {
    struct Field {
        std::string key;
        std::string value;
        bool is_number = false;  ///< `value` is a JSON number

        bool operator==(const Field&) const = default;
    };

    std::int64_t time_ms = 0;  ///< wall clock
    log::Level level = log::Level::info;
    std::string process;  ///< supervisor, gateway, worker, probe, pages
    std::string project;  ///< empty: the line belongs to the host
    std::uint64_t generation = 0;  ///< 0: none
    std::string message;
    std::vector<Field> fields;

    bool operator==(const LogRecord&) const = default;
};

/// Renders or stores a record [borrowed: call]. Called on the supervisor's main thread: must not block long.
using LogSink = std::function<void(const LogRecord&)>;

}  // namespace berth::host::control
