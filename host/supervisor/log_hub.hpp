// SPDX-License-Identifier: MIT
/// Where every line of the host comes together: kept for a while, rendered, and followed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/timers.hpp"
#include "control/log_record.hpp"

namespace berth::host::supervisor {

/// Which records are meant.
struct LogFilter {
    std::optional<std::string> project;
    log::Level level = log::Level::debug;  ///< at least
    std::int64_t since_ms = 0;             ///< wall clock, at or after

    [[nodiscard]] bool lets_through(const control::LogRecord& record) const;
};

/// Belongs to the supervisor's main thread. Repeats of one message beyond a rate are counted and said in one line
/// (STYLE §7), so that no client or project fills the disk.
class LogHub {
public:
    struct Limits {
        std::size_t records = 10'000;
        std::size_t bytes = 16u << 20;
        std::uint32_t repeats_per_second = 10;  ///< of one message of one project and process; 0: no limit
        std::uint32_t lines_per_second = 1000;  ///< of one project and process; 0: no limit
    };
    struct Figures {
        std::uint64_t records = 0;
        std::uint64_t suppressed = 0;  ///< counted instead of printed
        std::uint64_t forgotten = 0;   ///< left the memory of recent records
    };
    /// Ends what it stands for when destroyed, also from within the sink.
    class Subscription;

    LogHub(Timers& timers, Limits limits);
    ~LogHub();

    /// Every record that is not suppressed goes to the sink too.
    void add_sink(control::LogSink sink);
    void write(control::LogRecord record);
    /// The newest records that the filter lets through, oldest first.
    [[nodiscard]] std::vector<control::LogRecord> recent(const LogFilter& filter, std::size_t lines) const;
    [[nodiscard]] std::unique_ptr<Subscription> follow(LogFilter filter, control::LogSink sink);
    [[nodiscard]] const Figures& figures() const { return figures_; }

private:
    struct Follower;
    struct Repeats {
        std::uint32_t seen = 0;
        std::uint64_t suppressed = 0;
        control::LogRecord tags;
    };

    [[nodiscard]] bool is_too_much(const control::LogRecord& record);
    [[nodiscard]] bool is_over(const std::string& key, std::uint32_t limit, const control::LogRecord& tags);
    void report_repeats();
    void deliver(control::LogRecord record);

    const Limits limits_;
    std::deque<control::LogRecord> recent_;
    std::size_t recent_bytes_ = 0;
    std::vector<control::LogSink> sinks_;
    std::list<std::shared_ptr<Follower>> followers_;
    std::map<std::string, Repeats> repeats_;
    Timer repeats_timer_;
    Figures figures_;
};

class LogHub::Subscription {
public:
    ~Subscription();

private:
    friend class LogHub;
    explicit Subscription(std::shared_ptr<Follower> follower) : follower_(std::move(follower)) {}
    std::shared_ptr<Follower> follower_;
};

}  // namespace berth::host::supervisor
