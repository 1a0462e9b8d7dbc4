// SPDX-License-Identifier: MIT
#include "testing/state.hpp"

#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "worker/loading.hpp"

namespace berth::detail {
namespace {

using host::testing::ClockOfThread;
using host::testing::ReaderOfThread;

std::int64_t wall_clock_ms() {
    return std::chrono::duration_cast<host::Milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

[[noreturn]] void give_up(const host::Error& error) { throw Error(Status::invalid, error.message); }

/// What a project is called whose name the test does not give.
std::string name_of(const berth_project* table, const std::filesystem::path& library) {
    if (table != nullptr) return table->name.size == 0 ? "project" : std::string(view(table->name));
    const auto manifest = host::worker::read_project(library, library.stem().string());
    if (!manifest) give_up(manifest.error());
    return manifest->name;
}

std::filesystem::path make_temporary() {
    std::string name = (std::filesystem::temp_directory_path() / "berth-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw Error("a temporary directory for the project's data can not be made: " + name);
    return name;
}

/// Workers that crashed: their code may still run, on threads of the project's own, and what their globals hold is
/// lost as by a crash, but not forgotten by leak checkers.
struct Grave {
    std::unique_ptr<host::worker::Worker> worker;
    std::unique_ptr<host::link::SlotTable> slots;
};
void bury(Grave grave) {
    static auto& graves = *new std::vector<Grave>;
    graves.push_back(std::move(grave));
}

}  // namespace

/// For the scope of a settlement: clock, log and the mark that one is under way.
class TestState::Driving {
public:
    explicit Driving(TestState& state) : state_(state), clock_(state.clock_), reader_(state) {
        state_.is_driving_ = true;
    }
    ~Driving() { state_.is_driving_ = false; }
    Driving(const Driving&) = delete;
    Driving& operator=(const Driving&) = delete;

private:
    TestState& state_;
    ClockOfThread clock_;
    ReaderOfThread reader_;
};

TestState::TestState(TestOptions options, const berth_project* table, const std::filesystem::path& library)
    : options_(std::move(options)),
      table_(table),
      library_(library),
      wall_clock_ms_(wall_clock_ms()),
      peers_(options_) {
    if (options_.name.empty()) options_.name = name_of(table_, library_);
    is_temporary_ = options_.directory.empty();
    directory_ = is_temporary_ ? make_temporary() : std::filesystem::absolute(options_.directory);
    std::filesystem::create_directories(directory_);
    try {
        start();
    } catch (...) {
        std::error_code ignored;
        if (is_temporary_) std::filesystem::remove_all(directory_, ignored);
        throw;
    }
}

TestState::~TestState() {
    const ClockOfThread here(clock_);
    try {
        stop();
    } catch (...) {
        // A crash in the very last event; there is nothing more to be done for this project.
    }
    if (generation_ != 0) host::testing::forget(generation_);
    std::error_code ignored;
    if (is_temporary_) std::filesystem::remove_all(directory_, ignored);
}

host::worker::WorkerSettings TestState::settings() {
    host::worker::WorkerSettings made;
    made.project = options_.name;
    made.generation = generation_;
    made.library = library_;
    made.interval = options_.interval;
    made.flags = options_.flags;
    made.limits.message_bytes = options_.message_bytes;
    made.limits.backlog_bytes = options_.backlog_bytes;
    made.limits.backlog_policy = static_cast<host::worker::BacklogPolicy>(options_.backlog_policy);
    made.limits.handler = options_.handler;
    made.limits.connection_event = options_.connection_event;
    made.database = {options_.database_file, options_.database_connections, options_.database_busy};
    made.data_directory = directory_;
    for (const auto& [key, value] : options_.settings) made.settings.push_back(host::testing::setting(key, value));
    made.table = table_;
    made.is_driven = true;
    made.watcher = this;
    return made;
}

template <class T, class Begin>
T TestState::answer_of(Begin&& begin) {
    std::optional<T> answer;
    begin([&answer](T value) { answer = std::move(value); });
    const Driving driving(*this);
    while (!answer) {
        if (!turn() && !answer) throw Error("the project does not answer");
    }
    return std::move(*answer);
}

void TestState::start() {
    if (generation_ != 0) host::testing::forget(generation_);
    generation_ = host::testing::next_generation(*this);
    auto slots = host::link::SlotTable::create();
    if (!slots) give_up(slots.error());
    slots_ = std::make_unique<host::link::SlotTable>(std::move(*slots));
    worker_ = std::make_unique<host::worker::Worker>(settings(), *slots_);
    peers_.attach(worker_.get());
    using Description = host::worker::Description;
    const auto loaded =
        answer_of<host::Result<Description>>([this](auto then) { worker_->load(std::move(then)); });
    if (!loaded) give_up(loaded.error());
    survives_ = loaded->resumes || (loaded->flags & BERTH_PROJECT_STATELESS) != 0;
    const auto started = answer_of<host::Result<host::worker::Outcome>>([this](auto then) { worker_->start(std::move(then)); });
    if (!started) give_up(started.error());
    peers_.go_on(wall_clock_ms_ + clock_.elapsed().count());
    run_all();
}

host::ClientId TestState::connect(TestRequest request) {
    if (request.target.empty()) request.target = "/" + options_.name;
    return act([&] { return peers_.ask(std::move(request), wall_clock_ms_ + clock_.elapsed().count()); });
}

bool TestState::turn() {
    const bool has_delivered = peers_.deliver();
    if (!worker_) return has_delivered;
    worker_->flush();
    const bool may_pace = !has_paced_ || worker_->service_figures().interval.count() != 0;
    try {
        return worker_->drive(may_pace) || has_delivered;
    } catch (const Crashed& crash) {
        crashed(crash);
        return true;
    }
}

void TestState::run_all() {
    const Driving driving(*this);
    has_paced_ = false;
    while (turn()) {
    }
}

void TestState::settle() {
    // Inside of a handler nothing is run: what it did comes after it.
    if (holds_ == 0 && !is_driving_) run_all();
}

bool TestState::step() {
    if (is_driving_) return false;
    const Driving driving(*this);
    has_paced_ = false;
    return turn();
}

void TestState::let_go() {
    if (--holds_ == 0) settle();
}

void TestState::advance(host::Milliseconds time) {
    // A handler's own: it takes so long.
    if (is_driving_ || holds_ != 0) return clock_.advance(time);
    const ClockOfThread here(clock_);
    const host::TimePoint end = clock_.now() + time;
    while (worker_) {
        settle();
        const auto next = worker_ ? worker_->next_run() : std::nullopt;
        if (!next) break;
        // Without an interval there is one run in each millisecond.
        const host::TimePoint due = std::max(*next, clock_.now() + host::Milliseconds{*next <= clock_.now() ? 1 : 0});
        if (due > end) break;
        clock_.advance_to(due);
    }
    clock_.advance_to(end);
    settle();
}

void TestState::stop() {
    holds_ = 0;
    if (!worker_) return;
    act([this] { peers_.end_all(1001, Cause::stop, "the server stops"); });
    if (!worker_) return;
    (void)answer_of<host::Result<void>>([this](auto then) { worker_->stop(std::chrono::hours{1}, std::move(then)); });
    peers_.attach(nullptr);
    worker_.reset();
}

void TestState::crashed(const Crashed& crash) {
    ++crashes_;
    crash_.reset();
    peers_.lost(crash.client, crash.event, survives_);
    host::testing::forget(generation_);
    generation_ = 0;
    // What threads of the project's own still ask for reaches nobody.
    worker_->detach();
    bury({std::move(worker_), std::move(slots_)});
    begun_.clear();
    start();
}

// ---- the administrator -------------------------------------------------------------------------------

TestOutcome TestState::execute(host::ClientId in, std::string_view procedure, std::vector<TestValue> arguments) {
    if (!worker_) return {Status::gone, "the project has stopped"};
    std::vector<host::worker::Value> values;
    for (const TestValue& argument : arguments) values.push_back(host::testing::worker_value(argument));
    const ClockOfThread here(clock_);
    auto outcome = answer_of<host::worker::Outcome>([&](auto then) {
        worker_->execute(in, std::string(procedure), std::move(values), std::move(then));
    });
    settle();
    return {static_cast<Status>(outcome.status), std::move(outcome.message)};
}

TestOutcome TestState::run_global_service() {
    if (!worker_) return {Status::gone, "the project has stopped"};
    const ClockOfThread here(clock_);
    auto outcome = answer_of<host::worker::Outcome>([&](auto then) { worker_->run_service(std::move(then)); });
    settle();
    return {static_cast<Status>(outcome.status), std::move(outcome.message)};
}

TestService TestState::service() const {
    if (!worker_) return {};
    const ClockOfThread here(clock_);
    const auto figures = worker_->service_figures();
    return {figures.interval, figures.runs, figures.missed, host::Milliseconds{figures.next_ms}};
}

// ---- what is seen, and what is done to it ------------------------------------------------------------

void TestState::begins(const Event& event) {
    const TestEvent kind = host::testing::event_of(event.event);
    if (crash_ && crash_->event == kind && --crash_->left == 0) throw Crashed{event.client, kind};
    begun_.push_back(clock_.elapsed());
    if (kind == TestEvent::global_service) has_paced_ = true;
    for (Fault& delay : delays_) {
        if (delay.event != kind || delay.left == 0) continue;
        --delay.left;
        const bool is_watched = event.client != host::ClientId::global_service;
        if (kind == TestEvent::connection && delay.time > options_.connection_event) {
            clock_.advance(options_.connection_event);
            peers_.give_up(event.client);
            clock_.advance(delay.time - options_.connection_event);
        } else if (is_watched && options_.handler.count() > 0 && delay.time > options_.handler) {
            clock_.advance(options_.handler);
            throw Crashed{event.client, kind};
        } else {
            clock_.advance(delay.time);
        }
        break;
    }
}

void TestState::ended(const Event& event, berth_status status, std::string_view error) {
    TestRun run{host::testing::event_of(event.event),
                berth::ClientId{value_of(event.client)},
                std::string(event.procedure),
                {},
                static_cast<Status>(status),
                std::string(error),
                begun_.back()};
    begun_.pop_back();
    if (event.args != nullptr) {
        for (const auto& value : *event.args) run.arguments.push_back(host::testing::test_value(value));
    }
    if (run.status != Status::ok) {
        const bool is_of_client = event.client != host::ClientId::global_service;
        print(std::string(host::link::name_of(event.event)) + (run.procedure.empty() ? "" : " " + run.procedure) +
              (is_of_client ? " of client " + std::to_string(value_of(event.client)) : "") + " failed: " + run.error);
    }
    runs_.push_back(std::move(run));
}

void TestState::misused(const Misuse& misuse) {
    const bool is_in_event = misuse.event != host::link::SlotEvent::none;
    print(std::string(misuse.function) + " was refused " +
          (is_in_event ? "in " + std::string(host::link::name_of(misuse.event)) : "on a thread of the project's own") + ": " +
          std::string(misuse.sentence));
}

void TestState::print(const std::string& sentence) const {
    if (options_.prints_failures) std::fprintf(stderr, "berth: %s: %s\n", options_.name.c_str(), sentence.c_str());
}

void TestState::read(TestLogLine line) {
    const std::lock_guard lock(log_mutex_);
    log_arrived_.push_back(std::move(line));
}

const std::vector<TestLogLine>& TestState::log() {
    const std::lock_guard lock(log_mutex_);
    for (TestLogLine& line : log_arrived_) log_.push_back(std::move(line));
    log_arrived_.clear();
    return log_;
}

void TestState::takes(TestEvent event, host::Milliseconds time, unsigned times) {
    delays_.push_back({event, times, time});
}

void TestState::crash(TestEvent event, unsigned nth) { crash_ = Fault{event, std::max(nth, 1u)}; }

host::db::DatabaseOptions TestState::database_options() const {
    return {.directory = directory_, .file = options_.database_file, .connections_max = 4, .busy = options_.database_busy};
}

std::unique_ptr<host::db::Connection> TestState::open_database(host::db::Database& database) const {
    auto connection = database.open();
    if (!connection) give_up(connection.error());
    return std::move(*connection);
}

}  // namespace berth::detail
