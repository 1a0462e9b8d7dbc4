// SPDX-License-Identifier: MIT
#include "base/log.hpp"

#include <atomic>
#include <cstdio>
#include <memory>

#include "base/clock.hpp"
#include "base/mutex.hpp"

namespace berth::host::log {
namespace {

void write_plain(const Line& line) {
    std::string text = "berth: " + std::string(name_of(line.level)) + ": " + std::string(line.message);
    for (const Field& field : line.fields) text += "  " + std::string(field.key) + "=" + field.value;
    text += '\n';
    std::fwrite(text.data(), 1, text.size(), stderr);
}

// Process-wide on purpose: a log line may come from anywhere (ARCHITECTURE.md, process-wide state).
std::atomic<int> threshold{static_cast<int>(Level::info)};
Mutex sink_mutex;
std::shared_ptr<const Sink> current_sink BERTH_GUARDED_BY(sink_mutex) = std::make_shared<const Sink>(write_plain);

std::shared_ptr<const Sink> sink_now() {
    const MutexLock lock(sink_mutex);
    return current_sink;  // Shared, so that a line under way keeps its sink when it is replaced.
}

}  // namespace

void set_sink(Sink sink) {
    auto replacement = std::make_shared<const Sink>(std::move(sink));
    const MutexLock lock(sink_mutex);
    current_sink.swap(replacement);
}
void set_level(Level level) { threshold.store(static_cast<int>(level)); }
Level level() { return static_cast<Level>(threshold.load()); }
bool is_on(Level level) { return static_cast<int>(level) >= threshold.load(std::memory_order_relaxed); }

void write(Level level, std::string_view message, std::vector<Field> fields) {
    if (!is_on(level)) return;
    (*sink_now())(Line{level, wall_clock_ms(), message, fields});
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    if (is_on(level)) write(level, message, std::vector<Field>(fields));
}

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warning: return "warning";
        case Level::error: return "error";
    }
    return "info";
}

Level level_of(std::string_view name) {
    if (name == "debug") return Level::debug;
    if (name == "warning") return Level::warning;
    if (name == "error") return Level::error;
    return Level::info;
}

}  // namespace berth::host::log
