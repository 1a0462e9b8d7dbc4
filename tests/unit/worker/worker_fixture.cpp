// SPDX-License-Identifier: MIT
#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {
namespace {

/// Waits for what comes through a callback.
template <class T, class Begin>
T answer_of(Begin&& begin) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    begin([promise](T value) { promise->set_value(std::move(value)); });
    return future.get();
}

}  // namespace

LogWitness::LogWitness() {
    log::set_level(log::Level::debug);
    log::set_sink([this](const log::Line& line) {
        LogLine seen{line.level, std::string(line.message), {}, {}, {}};
        for (const log::Field& field : line.fields) {
            if (field.key == "client") seen.client = field.value;
            if (field.key == "event") seen.event = field.value;
            if (field.key == "error") seen.error = field.value;
        }
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(seen));
    });
}

LogWitness::~LogWitness() {
    log::set_sink([](const log::Line&) {});
}

std::vector<LogLine> LogWitness::all() {
    const std::lock_guard lock(mutex_);
    return lines_;
}

std::vector<LogLine> LogWitness::lines(const std::string& message, const std::string& client) {
    std::vector<LogLine> found;
    for (LogLine& line : all()) {
        if (line.message.starts_with(message) && (client.empty() || line.client == client))
            found.push_back(std::move(line));
    }
    return found;
}

bool LogWitness::sees(const std::string& message, std::size_t wanted, const std::string& client) {
    return berth::test::eventually([&] { return count(message, client) >= wanted; },
                                   berth::test::Deadline::usual(), std::chrono::milliseconds(1));
}

std::filesystem::path project_file(const std::string& name) {
    return std::filesystem::path(BERTH_FIXTURE_PROJECTS) / (name + ".so");
}

WorkerSettings WorkerTest::puppet() {
    WorkerSettings made;
    made.project = "puppet";
    made.library = project_file("puppet");
    made.data_directory = directory.path() / "data";
    made.database.file = "data.sqlite";
    return made;
}

void WorkerTest::make() {
    finish();
    worker_ = std::make_unique<Worker>(settings, slots);
    gateway_ = std::make_unique<FakeGateway>(*worker_);
    worker_->attach(*gateway_);
}

void WorkerTest::start() {
    make();
    const auto loaded = load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    const auto started = start_service();
    ASSERT_TRUE(started) << started.error().message;
}

Result<Description> WorkerTest::load() {
    return answer_of<Result<Description>>([&](auto then) { worker_->load(then); });
}
Result<Outcome> WorkerTest::start_service() {
    return answer_of<Result<Outcome>>([&](auto then) { worker_->start(then); });
}
Result<void> WorkerTest::pause() {
    return answer_of<Result<void>>([&](auto then) { worker_->pause(then); });
}
Result<void> WorkerTest::stop(Milliseconds within) {
    return answer_of<Result<void>>([&](auto then) { worker_->stop(within, then); });
}
Outcome WorkerTest::execute(ClientId client, const std::string& procedure, std::vector<Value> args) {
    return answer_of<Outcome>([&](auto then) { worker_->execute(client, procedure, std::move(args), then); });
}
Outcome WorkerTest::run_service() {
    return answer_of<Outcome>([&](auto then) { worker_->run_service(then); });
}

void WorkerTest::finish() {
    if (!worker_) return;
    // An orderly end, so that the address sanitizer finds what the host has forgotten.
    const auto stopped = stop();
    EXPECT_TRUE(stopped) << stopped.error().message;
    worker_.reset();
    gateway_.reset();
}

void WorkerTest::TearDown() {
    finish();
    EXPECT_EQ(log.count("two events of one context at once"), 0u);
}

Value integer(std::int64_t number) {
    Value value;
    value.type = BERTH_INTEGER;
    value.integer = number;
    return value;
}

Value text(const std::string& bytes) {
    Value value;
    value.type = BERTH_TEXT;
    value.bytes = bytes;
    return value;
}

}  // namespace berth::host::worker::test
