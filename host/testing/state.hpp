// SPDX-License-Identifier: MIT
/// What is behind a TestHost: one driven worker after the other, its peers, its clock, its record.
#pragma once

#include <berth/testing.hpp>

#include <memory>
#include <mutex>
#include <optional>

#include "db/database.hpp"
#include "link/slot_table.hpp"
#include "testing/manual_clock.hpp"
#include "testing/peers.hpp"
#include "testing/witness.hpp"
#include "worker/watcher.hpp"
#include "worker/worker.hpp"

namespace berth::detail {

/// Everything but `submit` of its peers and its log is the test's thread's.
class TestState final : public host::worker::Watcher, public host::testing::LogReader {
public:
    /// `table` or `library`. Loads and starts; throws berth::Error.
    TestState(TestOptions options, const berth_project* table, const std::filesystem::path& library);
    ~TestState() override;

    host::ClientId connect(TestRequest request);
    /// A peer does something, and what follows runs.
    template <class Act>
    auto act(Act&& does) {
        const host::testing::ClockOfThread here(clock_);
        if constexpr (std::is_void_v<decltype(does())>) {
            does();
            settle();
        } else {
            auto answer = does();
            settle();
            return answer;
        }
    }
    void settle();
    bool step();
    void advance(host::Milliseconds time);
    void hold() { ++holds_; }
    void let_go();
    void stop();

    TestOutcome execute(host::ClientId in, std::string_view procedure, std::vector<TestValue> arguments);
    TestOutcome run_global_service();
    [[nodiscard]] TestService service() const;

    [[nodiscard]] host::testing::Peers& peers() { return peers_; }
    [[nodiscard]] const host::testing::ManualClock& clock() const { return clock_; }
    [[nodiscard]] const TestOptions& options() const { return options_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
    [[nodiscard]] const std::vector<TestRun>& runs() const { return runs_; }
    [[nodiscard]] const std::vector<TestLogLine>& log();
    /// A connection of the test's own to the project's database.
    [[nodiscard]] std::unique_ptr<host::db::Connection> open_database(host::db::Database& database) const;
    [[nodiscard]] host::db::DatabaseOptions database_options() const;

    void takes(TestEvent event, host::Milliseconds time, unsigned times);
    void crash(TestEvent event, unsigned nth);
    [[nodiscard]] unsigned crashes() const { return crashes_; }

    // Watcher
    void begins(const Event& event) override;
    void ended(const Event& event, berth_status status, std::string_view error) override;
    void misused(const Misuse& misuse) override;  ///< [any thread]
    // LogReader [any thread]
    void read(TestLogLine line) override;

private:
    class Driving;
    struct Crashed {
        host::ClientId client;
        TestEvent event;
    };
    struct Fault {
        TestEvent event;
        unsigned left;
        host::Milliseconds time{0};
    };

    void start();
    bool turn();
    void run_all();
    /// Drives until the worker has answered.
    template <class T, class Begin>
    T answer_of(Begin&& begin);
    void crashed(const Crashed& crash);
    /// To standard error, unless the test wants none of it. [any thread]
    void print(const std::string& sentence) const;
    [[nodiscard]] host::worker::WorkerSettings settings();

    TestOptions options_;
    const berth_project* const table_;
    const std::filesystem::path library_;
    bool is_temporary_ = false;
    std::filesystem::path directory_;
    const std::int64_t wall_clock_ms_;
    host::testing::ManualClock clock_;
    host::testing::Peers peers_;
    std::unique_ptr<host::link::SlotTable> slots_;
    std::unique_ptr<host::worker::Worker> worker_;
    std::uint64_t generation_ = 0;
    bool survives_ = false;  ///< the project's clients outlive its process

    unsigned holds_ = 0;
    bool is_driving_ = false;
    bool has_paced_ = false;  ///< with interval 0, one run in each turn of a settlement
    std::vector<TestRun> runs_;
    std::vector<host::Milliseconds> begun_;  ///< of the calls under way
    std::vector<Fault> delays_;
    std::optional<Fault> crash_;
    unsigned crashes_ = 0;

    std::mutex log_mutex_;
    std::vector<TestLogLine> log_arrived_;  ///< guarded by it
    std::vector<TestLogLine> log_;
};

}  // namespace berth::detail
