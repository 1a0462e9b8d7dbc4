// SPDX-License-Identifier: MIT
/// What a worker is told about the project that it runs.
#pragma once

#include <berth/berth.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"

namespace berth::host::worker {

class Watcher;

/// What a send does when a client's backlog is full (DECISIONS: outbox policies).
enum class BacklogPolicy : std::uint8_t { close, drop_newest, drop_oldest };

struct Limits {
    std::size_t message_bytes = 64u << 10;        ///< of a client's message; the gateway enforces it
    std::size_t backlog_bytes = 1u << 20;         ///< of what a client was sent and has not taken
    BacklogPolicy backlog_policy = BacklogPolicy::close;
    Milliseconds slow_event{1'000};               ///< an event that takes longer is told in the log; 0: none
    Milliseconds handler{30'000};                 ///< for the watchdog outside; 0: none
    Milliseconds connection_event{10'000};        ///< enforced by the gateway
    std::size_t executors = 256;                  ///< threads of the pool, the global service's not counted
    std::size_t inbox_events = 64;                ///< of a client's context, procedures and messages together
    std::size_t inbox_bytes = 1u << 20;
    std::size_t topics = 100'000;                 ///< with subscribers
    std::size_t subscriptions = 256;              ///< of one client
    std::size_t service_inbox_events = 1024;      ///< every client may report to the global service
    std::size_t service_inbox_bytes = 1u << 20;
};

struct DatabaseSettings {
    std::filesystem::path file = "data.sqlite";  ///< inside the data directory; absolute, or relative to it
    std::size_t connections = 200;  ///< open at once, of all contexts
    Milliseconds busy{5'000};       ///< wait for a lock, or for a free connection
};

/// One setting of berth.config/1; nested tables and arrays are flattened into dotted keys.
struct Setting {
    std::string key;
    std::variant<bool, std::int64_t, double, std::string> value;
};

struct WorkerSettings {
    std::string project;                     ///< name, as reached in the path
    std::uint64_t generation = 1;  ///< the version of the library, as `berth projects` counts it
    std::uint64_t run = 1;         ///< this process of it; a restart is another
    std::filesystem::path library;           ///< the private copy
    std::optional<Milliseconds> interval;    ///< overrides the annotation
    std::optional<std::uint64_t> flags;      ///< overrides BERTH_PROJECT_... of the table
    Limits limits;
    DatabaseSettings database;
    std::filesystem::path data_directory;
    std::vector<Setting> settings;
    /// Install the signal handlers that mark the slot of a crashing thread. They belong to the process: only
    /// a worker that has one of its own may.
    bool marks_crashes = false;

    // For tests of projects (host/testing) and their trials (berth doctor --run).
    /// The table of a project that is part of this program; `library` is then not loaded. [borrowed: worker]
    const berth_project* table = nullptr;
    /// No threads: nothing happens but in `Worker::drive`, on its caller's thread.
    bool is_driven = false;
    /// Is told of every call into the project. [borrowed: worker]
    Watcher* watcher = nullptr;
};

}  // namespace berth::host::worker
