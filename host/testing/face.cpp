// SPDX-License-Identifier: MIT
// The classes of berth/testing.hpp, over the state.
#include <thread>

#include "testing/state.hpp"

namespace berth {
namespace {

host::ClientId inner(ClientId id) { return host::ClientId{static_cast<berth_client_id>(id)}; }
ClientId outer(host::ClientId id) { return ClientId{host::value_of(id)}; }

std::string text_of(const host::db::Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&value)) {
        std::string text = std::to_string(*real);
        text.erase(text.find_last_not_of('0') + 1);
        return text.back() == '.' ? text + '0' : text;
    }
    if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(*text);
    if (const auto* blob = std::get_if<host::db::Blob>(&value))
        return {reinterpret_cast<const char*>(blob->data()), blob->size()};
    return "NULL";
}

template <class T>
T value_or_throw(host::Result<T> result) {
    if (!result) throw Error(Status::failed, result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

// ---- client ------------------------------------------------------------------------------------------

TestClient::TestClient(std::shared_ptr<detail::TestState> state, ClientId id) : state_(std::move(state)), id_(id) {}
TestClient::TestClient(const TestClient&) = default;
TestClient& TestClient::operator=(const TestClient&) = default;
TestClient::~TestClient() = default;

bool TestClient::is_connected() const { return state_->peers().at(inner(id_)).is_open; }
unsigned TestClient::status() const { return state_->peers().at(inner(id_)).status; }
std::string TestClient::refusal() const { return state_->peers().at(inner(id_)).refusal; }
std::string TestClient::subprotocol() const { return state_->peers().at(inner(id_)).subprotocol; }
std::optional<TestClosed> TestClient::closed() const { return state_->peers().at(inner(id_)).closed; }

bool TestClient::says(std::string_view text) {
    return state_->act([&] { return state_->peers().says(inner(id_), host::link::Kind::text, text); });
}
bool TestClient::says(Buffer bytes) {
    const std::string_view payload(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return state_->act([&] { return state_->peers().says(inner(id_), host::link::Kind::buffer, payload); });
}
void TestClient::leaves(std::uint16_t code, std::string_view reason) {
    state_->act([&] { state_->peers().end(inner(id_), code, Cause::client, reason); });
}
void TestClient::vanishes() {
    state_->act([&] { state_->peers().end(inner(id_), 1006, Cause::network, "reset"); });
}

std::optional<TestMessage> TestClient::next() {
    state_->act([] {});
    auto& heard = state_->peers().at(inner(id_)).heard;
    if (heard.empty()) return std::nullopt;
    TestMessage message = std::move(heard.front());
    heard.pop_front();
    return message;
}
std::string TestClient::hears() {
    const auto message = next();
    return message ? message->bytes : "<nothing>";
}
std::vector<std::string> TestClient::heard() {
    std::vector<std::string> all;
    while (auto message = next()) all.push_back(std::move(message->bytes));
    return all;
}
std::size_t TestClient::waiting() const {
    state_->act([] {});
    return state_->peers().at(inner(id_)).heard.size();
}

void TestClient::stops_reading() { state_->peers().read(inner(id_), false); }
void TestClient::reads_again() {
    state_->act([&] { state_->peers().read(inner(id_), true); });
}
void TestClient::fill_backlog() { state_->peers().fill(inner(id_)); }

// ---- hold and lock -----------------------------------------------------------------------------------

TestHold::TestHold(std::shared_ptr<detail::TestState> state) : state_(std::move(state)) { state_->hold(); }
TestHold::~TestHold() { state_->let_go(); }

struct TestLock::Parts {
    explicit Parts(const detail::TestState& state)
        : database(state.database_options()), connection(state.open_database(database)) {}
    host::db::Database database;
    std::unique_ptr<host::db::Connection> connection;
};

TestLock::TestLock(const std::shared_ptr<detail::TestState>& state) : parts_(std::make_unique<Parts>(*state)) {
    value_or_throw(parts_->connection->begin(host::db::Transaction::write));
}
TestLock::~TestLock() = default;

// ---- host --------------------------------------------------------------------------------------------

TestHost::TestHost(const std::filesystem::path& library, TestOptions options)
    : state_(std::make_shared<detail::TestState>(std::move(options), nullptr, library)) {}
TestHost::TestHost(const berth_project& table, TestOptions options)
    : state_(std::make_shared<detail::TestState>(std::move(options), &table, std::filesystem::path())) {}
TestHost::~TestHost() {
    // Clients may be looked at longer than the host lives.
    try {
        state_->stop();
    } catch (...) {
        // It crashed in its very last event, and what came after it could not be loaded.
    }
}

TestClient TestHost::connect(std::string_view target) {
    TestRequest request;
    request.target = std::string(target);
    return connect(request);
}
TestClient TestHost::connect(const TestRequest& request) { return {state_, outer(state_->connect(request))}; }
std::vector<TestClient> TestHost::clients() const {
    std::vector<TestClient> clients;
    for (const host::ClientId id : state_->peers().open()) clients.emplace_back(state_, outer(id));
    return clients;
}

void TestHost::advance(std::chrono::milliseconds time) { state_->advance(time); }
void TestHost::advance(std::string_view duration) {
    const auto parsed = parse_duration(duration);
    if (!parsed)
        throw Error(Status::invalid, "advance: character " + std::to_string(parsed.error.position + 1) + ": " +
                                         std::string(parsed.error.reason));
    state_->advance(std::chrono::milliseconds{parsed.milliseconds});
}
std::chrono::milliseconds TestHost::now() const { return state_->clock().elapsed(); }
TestHold TestHost::hold() { return TestHold(state_); }
bool TestHost::step() { return state_->step(); }
void TestHost::settle() { state_->settle(); }

bool TestHost::eventually(const std::function<bool()>& condition, std::chrono::milliseconds at_most) {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    for (;;) {
        settle();
        if (condition()) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

TestOutcome TestHost::execute(ClientId in, std::string_view procedure, std::vector<TestValue> arguments) {
    return state_->execute(inner(in), procedure, std::move(arguments));
}
TestOutcome TestHost::execute_global(std::string_view procedure, std::vector<TestValue> arguments) {
    return state_->execute(host::ClientId::global_service, procedure, std::move(arguments));
}
TestOutcome TestHost::run_global_service() { return state_->run_global_service(); }
TestService TestHost::service() const { return state_->service(); }
void TestHost::disconnect(const TestClient& client, std::uint16_t code, std::string_view reason) {
    state_->act([&] { state_->peers().end(inner(client.id()), code, Cause::administrator, reason); });
}
void TestHost::stop() { state_->stop(); }

const std::vector<TestRun>& TestHost::runs() const { return state_->runs(); }
std::size_t TestHost::count(TestEvent event) const {
    std::size_t count = 0;
    for (const TestRun& run : runs()) count += run.event == event ? 1 : 0;
    return count;
}
std::vector<TestRun> TestHost::executed(std::string_view procedure) const {
    std::vector<TestRun> found;
    for (const TestRun& run : runs()) {
        if (run.event == TestEvent::procedure && run.procedure == procedure) found.push_back(run);
    }
    return found;
}
std::vector<TestRun> TestHost::failures() const {
    std::vector<TestRun> found;
    for (const TestRun& run : runs()) {
        if (run.status != Status::ok) found.push_back(run);
    }
    return found;
}
const std::vector<TestLogLine>& TestHost::log() const { return state_->log(); }
bool TestHost::logged(std::string_view text) const {
    for (const TestLogLine& line : log()) {
        if (line.text.find(text) != std::string::npos || line.error.find(text) != std::string::npos) return true;
    }
    return false;
}

std::filesystem::path TestHost::data_directory() const { return state_->directory(); }
std::optional<std::string> TestHost::sql(std::string_view statement) const {
    host::db::Database database(state_->database_options());
    const auto connection = state_->open_database(database);
    host::db::Statement* prepared = value_or_throw(connection->prepare(statement));
    if (!value_or_throw(prepared->step())) return std::nullopt;
    return text_of(value_or_throw(prepared->column(0)));
}

TestLock TestHost::lock_database() { return TestLock(state_); }
void TestHost::takes(TestEvent event, std::chrono::milliseconds time, unsigned times) {
    state_->takes(event, time, times);
}
void TestHost::crash(TestEvent event, unsigned nth) { state_->crash(event, nth); }
unsigned TestHost::crashes() const { return state_->crashes(); }

}  // namespace berth
