// SPDX-License-Identifier: MIT
#include "supervisor/log_hub.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;

std::size_t bytes_of(const control::LogRecord& record) {
    std::size_t bytes = sizeof record + record.process.size() + record.project.size() + record.message.size();
    for (const auto& field : record.fields) bytes += sizeof field + field.key.size() + field.value.size();
    return bytes;
}

// Project and process of a line; with its message, what must not be repeated too often. Printed lines all have one
// message: there the text counts, so that the back-trace of a crash is kept whole.
std::string source_of(const control::LogRecord& record) { return record.process + '\0' + record.project; }
std::string key_of(const control::LogRecord& record) {
    std::string key = source_of(record) + '\0' + record.message;
    for (const auto& field : record.fields) {
        if (field.key == "text") key += '\0' + field.value;
    }
    return key;
}

}  // namespace

struct LogHub::Follower {
    LogFilter filter;
    control::LogSink sink;
    bool ended = false;
};

LogHub::Subscription::~Subscription() { follower_->ended = true; }

bool LogFilter::lets_through(const control::LogRecord& record) const {
    return record.level >= level && record.time_ms >= since_ms && (!project || record.project == *project);
}

LogHub::LogHub(Timers& timers, Limits limits)
    : limits_(limits), repeats_timer_(timers) {}
LogHub::~LogHub() = default;

void LogHub::add_sink(control::LogSink sink) { sinks_.push_back(std::move(sink)); }

void LogHub::write(control::LogRecord record) {
    ++figures_.records;
    if (is_too_much(record)) {
        ++figures_.suppressed;
        return;
    }
    deliver(std::move(record));
}

bool LogHub::is_too_much(const control::LogRecord& record) {
    if (!repeats_timer_.is_set()) repeats_timer_.set(1s, [this] { report_repeats(); });
    if (is_over(key_of(record), limits_.repeats_per_second, record)) return true;
    control::LogRecord all = record;
    all.message = "too many lines: some were left out";
    return is_over(source_of(record), limits_.lines_per_second, all);
}

bool LogHub::is_over(const std::string& key, std::uint32_t limit, const control::LogRecord& tags) {
    if (limit == 0) return false;
    Repeats& repeats = repeats_[key];
    if (++repeats.seen <= limit) return false;
    if (repeats.suppressed++ == 0) {
        repeats.tags = tags;
        repeats.tags.fields.clear();
    }
    return true;
}

void LogHub::report_repeats() {
    const auto ended = std::exchange(repeats_, {});
    for (const auto& [key, repeats] : ended) {
        if (repeats.suppressed == 0) continue;
        control::LogRecord record = repeats.tags;
        record.time_ms = wall_clock_ms();
        record.fields = {{"repeated", std::to_string(repeats.suppressed), true}};
        deliver(std::move(record));
    }
}

void LogHub::deliver(control::LogRecord record) {
    for (const auto& sink : sinks_) sink(record);
    // A follower that joins or leaves from within a sink is not reached by this record any more.
    const auto followers = followers_;
    for (const auto& follower : followers) {
        if (!follower->ended && follower->filter.lets_through(record)) follower->sink(record);
    }
    followers_.remove_if([](const auto& follower) { return follower->ended; });
    recent_bytes_ += bytes_of(record);
    recent_.push_back(std::move(record));
    while (recent_.size() > limits_.records || recent_bytes_ > limits_.bytes) {
        recent_bytes_ -= bytes_of(recent_.front());
        recent_.pop_front();
        ++figures_.forgotten;
    }
}

std::vector<control::LogRecord> LogHub::recent(const LogFilter& filter, std::size_t lines) const {
    std::vector<control::LogRecord> found;
    for (auto record = recent_.rbegin(); record != recent_.rend() && found.size() < lines; ++record) {
        if (filter.lets_through(*record)) found.push_back(*record);
    }
    std::reverse(found.begin(), found.end());
    return found;
}

std::unique_ptr<LogHub::Subscription> LogHub::follow(LogFilter filter, control::LogSink sink) {
    auto follower = std::make_shared<Follower>(Follower{std::move(filter), std::move(sink)});
    followers_.push_back(follower);
    return std::unique_ptr<Subscription>(new Subscription(std::move(follower)));
}

}  // namespace berth::host::supervisor
