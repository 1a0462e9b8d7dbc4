// SPDX-License-Identifier: MIT
/// A worker with a fake gateway, and the log as a witness.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "link/slot_table.hpp"
#include "support/deadline.hpp"
#include "support/temp_dir.hpp"
#include "unit/worker/fake_gateway.hpp"
#include "worker/worker.hpp"

namespace berth::host::worker::test {

/// One log line: "event: message" for a project's own, "message: error" for the host's about it.
struct LogLine {
    log::Level level;
    std::string message;
    std::string client, event, error;
};

/// Takes the log of the process for as long as it lives.
class LogWitness {
public:
    LogWitness();
    ~LogWitness();

    /// Lines whose message begins so, of a client or (empty) of anybody, so far.
    std::vector<LogLine> lines(const std::string& message, const std::string& client = {});
    std::size_t count(const std::string& message, const std::string& client = {}) {
        return lines(message, client).size();
    }
    /// Waits until there are as many.
    bool sees(const std::string& message, std::size_t count = 1, const std::string& client = {});
    std::vector<LogLine> all();

private:
    std::mutex mutex_;
    std::vector<LogLine> lines_;
};

/// Where the fixture projects lie.
std::filesystem::path project_file(const std::string& name);

class WorkerTest : public ::testing::Test {
protected:
    LogWitness log;
    berth::test::TempDir directory;

    /// Settings of the puppet; changed by a test before `start`.
    WorkerSettings settings = puppet();
    void set(const std::string& key, std::variant<bool, std::int64_t, double, std::string> value) {
        settings.settings.push_back({key, std::move(value)});
    }
    WorkerSettings puppet();

    /// Loads and starts; what these answer is expected to be success.
    void start();
    void make();           ///< worker and gateway only
    Result<Description> load();
    Result<Outcome> start_service();
    Result<void> pause();
    Result<void> stop(Milliseconds within = std::chrono::seconds(10));
    Outcome execute(ClientId client, const std::string& procedure, std::vector<Value> args);
    Outcome run_service();

    /// Conversation in one line: says it, answers what the client hears next.
    std::string ask(ClientId client, const std::string& command) {
        gateway().says(client, command);
        return gateway().hears(client);
    }
    FakeGateway& gateway() { return *gateway_; }
    Worker& worker() { return *worker_; }
    /// A file that lets those go on that wait for it.
    std::string gate(const std::string& name) { return (directory.path() / name).string(); }
    void open_gate(const std::string& name) { berth::test::write_file(gate(name), "open"); }
    void finish();  ///< stops the worker, if there is one, and lets go of it
    void TearDown() override;

    link::SlotTable slots = *link::SlotTable::create();
    std::unique_ptr<Worker> worker_;
    std::unique_ptr<FakeGateway> gateway_;
};

Value integer(std::int64_t value);
Value text(const std::string& value);

}  // namespace berth::host::worker::test
