// SPDX-License-Identifier: MIT
// The worker's process from outside: messages on a control channel, records on lanes.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "control/child_channel_message.hpp"
#include "link/channel.hpp"
#include "link/process_link.hpp"
#include "link/record.hpp"
#include "link/slot_table.hpp"
#include "roles/worker/worker_role.hpp"
#include "support/deadline.hpp"
#include "support/temp_dir.hpp"
#include "unit/worker/worker_fixture.hpp"
#include "worker/crash_marks.hpp"

namespace berth::host::worker::test {

using nlohmann::json;

class Role : public ::testing::Test {
protected:
    Role() {
        auto pair = *control::ChildChannel::pair();
        channel = std::make_unique<control::ChildChannel>(std::move(pair.first), control::ChildChannel::Peer::child);
        thread = std::thread([this, fd = std::move(pair.second)]() mutable {
            roles::WorkerRole role(
                std::move(fd),
                [](std::vector<UniqueFd> fds) -> Result<std::unique_ptr<link::WorkerLink>> {
                    return std::unique_ptr<link::WorkerLink>(*link::ProcessLink::create(std::move(fds)));
                },
                {.owns_process = false});
            exit_code = role.run();
        });
    }
    ~Role() override {
        if (is_started && channel && thread.joinable()) {
            say({{"type", "stop"}, {"within_ms", 10000}});
            hears("stopped");
        }
        channel.reset();
        if (thread.joinable()) thread.join();
    }

    json init(const std::string& library = "puppet") {
        return {{"type", "init"},
                {"project", "puppet"},
                {"generation", "3"},
                {"run", "5"},
                {"library", project_file(library).string()},
                {"lanes", 2},
                {"interval_ms", nullptr},
                {"flags", "0"},
                {"limits",
                 {{"message_bytes", 65536}, {"backlog_bytes", 1048576}, {"backlog_policy", "close"},
                  {"handler_ms", 30000}, {"slow_event_ms", 1000}, {"executors", 16}, {"inbox_events", 64}, {"inbox_bytes", 1048576},
                  {"topics", 1000}, {"subscriptions", 10}, {"connection_event_ms", 10000}}},
                {"database", {{"file", (directory / "data.sqlite").string()}, {"connections", 10}, {"busy_ms", 1000}}},
                {"data_directory", directory.path().string()},
                {"settings", json::array({{{"key", "motd"}, {"type", "text"}, {"value", "hello"}},
                                          {{"key", "limit"}, {"type", "int"}, {"value", "7"}},
                                          {{"key", "open"}, {"type", "bool"}, {"value", true}}})}};
    }
    /// Sends a message with fresh lanes (where `lanes` says so), and the slot table with `init`.
    void say(const json& body, bool has_lanes = false) {
        std::vector<UniqueFd> theirs;
        std::vector<int> fds;
        if (has_lanes) {
            lanes.clear();
            for (int i = 0; i < 2; ++i) {
                auto pair = *link::Channel::pair();
                lanes.push_back(std::make_unique<link::Channel>(std::move(pair.first)));
                theirs.push_back(std::move(pair.second));
                fds.push_back(theirs.back().get());
            }
        }
        if (body["type"] == "init") fds.push_back(slots.fd());
        ASSERT_TRUE(channel->send(body, fds));
    }
    /// The next message of a type; others are passed over, heartbeats counted.
    json hears(const std::string& type) {
        const auto deadline = berth::test::Deadline::usual();
        while (!deadline.passed()) {
            while (!inbox.empty()) {
                const json body = inbox.front();
                inbox.erase(inbox.begin());
                if (body["type"] == "heartbeat") ++heartbeats;
                if (body["type"] == type) return body;
            }
            auto messages = channel->receive_within(deadline.left_ms());
            if (!messages) break;
            for (auto& message : *messages) inbox.push_back(message.body);
        }
        ADD_FAILURE() << "no message " << type;
        return json::object();
    }
    json request(json body) {
        body["request"] = ++last_request;
        say(body);
        json reply = hears("reply");
        EXPECT_EQ(reply["request"], last_request);
        return reply;
    }
    void start(const std::string& library = "puppet") {
        say(init(library), true);
        hears("loaded");
        say({{"type", "start"}});
        hears("started");
        is_started = true;
    }
    /// Gives one event on a lane.
    template <class Encode>
    void event(std::size_t lane, Encode&& encode) {
        link::EventEncoder encoder;
        encode(encoder);
        lanes[lane]->write(encoder.buffer);
    }
    /// Reads a lane until an action of this type has come.
    Action action(std::size_t lane, Action::Type type) {
        struct Sink final : link::ActionSink {
            std::vector<Action> actions;
            void admitted(ClientId c, const link::Admission& a) override { actions.push_back({Action::Type::admitted, c, a.status, {}, {}, {}}); }
            void send(ClientId c, link::Kind k, std::string_view p) override { actions.push_back({Action::Type::send, c, 0, {}, k, std::string(p)}); }
            void send_many(std::span<const ClientId>, link::Kind, std::string_view) override {}
            void subscribe(ClientId, std::string_view) override {}
            void unsubscribe(ClientId, std::string_view) override {}
            void publish(const link::Publication& p) override { actions.push_back({Action::Type::publish, {}, 0, {}, p.kind, std::string(p.topic) + "|" + std::string(p.payload)}); }
            void close(ClientId c, std::uint16_t code, link::Cause cause, std::string_view r) override { actions.push_back({Action::Type::close, c, code, cause, {}, std::string(r)}); }
            void done(ClientId c, std::uint64_t seq) override { actions.push_back({Action::Type::done, c, seq, {}, {}, {}}); }
            void saved(ClientId c, std::string_view state) override { actions.push_back({Action::Type::saved, c, 0, {}, {}, std::string(state)}); }
            void parted(ClientId c) override { actions.push_back({Action::Type::parted, c, 0, {}, {}, {}}); }
            void released(ClientId c) override { actions.push_back({Action::Type::released, c, 0, {}, {}, {}}); }
        } sink;
        Action found{};
        EXPECT_TRUE(berth::test::eventually([&] {
            std::ignore = lanes[lane]->read([&](std::string_view bytes) { return link::decode_actions(bytes, sink); });
            for (const Action& seen : sink.actions) {
                if (seen.type == type) {
                    found = seen;
                    return true;
                }
            }
            return false;
        }, berth::test::Deadline::usual(), Milliseconds(1)));
        return found;
    }
    ClientId connect(std::uint32_t slot = 5) {
        const ClientId client = make_client_id({1, 0, 1, slot});
        event(1, [&](auto& encoder) {
            link::Opening opening{};
            opening.client = client;
            opening.address = "203.0.113.7";
            opening.path = "/puppet";
            encoder.opening(opening);
        });
        EXPECT_EQ(action(1, Action::Type::admitted).number, 0u);
        event(1, [&](auto& encoder) { encoder.opened(client, ""); });
        return client;
    }

    LogWitness log;
    berth::test::TempDir directory;
    link::SlotTable slots = *link::SlotTable::create();
    std::unique_ptr<control::ChildChannel> channel;
    std::vector<std::unique_ptr<link::Channel>> lanes;
    std::vector<json> inbox;
    int last_request = 0;
    int heartbeats = 0;
    bool is_started = false;
    std::thread thread;
    std::atomic<int> exit_code{-1};
};

TEST_F(Role, loads_starts_serves_and_stops) {
    say(init(), true);
    const json loaded = hears("loaded");
    EXPECT_EQ(loaded["name"], "puppet");
    EXPECT_EQ(loaded["version"], "1.2.3");
    EXPECT_EQ(loaded["interval_ms"], 3600000);
    EXPECT_EQ(loaded["procedures"][0], (json{{"name", "add"}, {"signature", "(integer number)"}, {"admin", true}}));
    say({{"type", "start"}});
    hears("started");

    const ClientId client = connect();
    event(1, [&](auto& encoder) { encoder.message(client, 1, link::Kind::text, "setting limit"); });
    EXPECT_EQ(action(1, Action::Type::send).text, "is 7");
    event(1, [&](auto& encoder) { encoder.closed(client, 1001, link::Cause::stop, ""); });
    EXPECT_EQ(action(1, Action::Type::released).client, client);

    say({{"type", "stop"}, {"within_ms", 10000}});
    hears("stopped");
    thread.join();
    EXPECT_EQ(exit_code, 0);
    EXPECT_EQ(log.count("unload"), 1u);
    EXPECT_TRUE(slots.running().empty());
}

TEST_F(Role, has_stopped_also_when_its_supervisor_hangs_up_at_once) {
    start();
    say({{"type", "stop"}, {"within_ms", 10000}});
    hears("stopped");
    channel.reset();

    thread.join();

    EXPECT_EQ(exit_code, 0);
}

TEST_F(Role, answers_the_administrators_requests) {
    start();
    const ClientId client = connect();

    EXPECT_EQ(request({{"type", "execute"}, {"client", id(client)}, {"procedure", "add"},
                       {"args", json::array({{{"type", "int"}, {"value", "5"}}})}})["status"], BERTH_OK);
    const json failed = request({{"type", "execute"}, {"client", "0"}, {"procedure", "fail"}, {"args", json::array()}});
    EXPECT_EQ(failed["status"], BERTH_INVALID);
    EXPECT_EQ(failed["message"], "the procedure says no");
    EXPECT_EQ(request({{"type", "execute"}, {"client", "0"}, {"procedure", "show"},
                       {"args", json::array({{{"type", "buffer"}, {"value", "%"}}})}})["status"], BERTH_INVALID);
    EXPECT_EQ(request({{"type", "run"}})["status"], BERTH_OK);
    const json service = request({{"type", "service"}});
    EXPECT_EQ(service["runs"], 2);
    EXPECT_EQ(service["interval_ms"], 3600000);
    EXPECT_EQ(service["running"], false);
    const json stats = request({{"type", "stats"}});
    EXPECT_EQ(stats["contexts"], 1);
    EXPECT_EQ(stats["errors"], 1);
    EXPECT_EQ(stats["last_error"], "procedure fail: the procedure says no");
}

TEST_F(Role, a_library_that_is_refused_ends_the_role_with_its_sentence) {
    say(init("wrong-later_minor"), true);

    EXPECT_EQ(hears("failed")["message"], "project puppet: wrong-later_minor.so: needs ABI 1.3, this host provides 1.0; update the host");
    thread.join();
    EXPECT_EQ(exit_code, 1);
}

TEST_F(Role, an_init_that_is_incomplete_names_what_is_missing) {
    json body = init();
    body["limits"].erase("inbox_bytes");
    say(body, true);

    EXPECT_EQ(hears("failed")["message"], "init: limits.inbox_bytes is missing or wrong");
}

TEST_F(Role, a_heartbeat_goes_out_while_a_handler_takes_its_time) {
    start();
    const ClientId client = connect();
    event(1, [&](auto& encoder) { encoder.message(client, 1, link::Kind::text, "wait " + (directory / "go").string()); });
    EXPECT_TRUE(berth::test::eventually([&] { return !slots.running().empty(); }));
    const auto running = slots.running();
    ASSERT_EQ(running.size(), 1u);
    EXPECT_EQ(running[0].event, link::SlotEvent::message);
    EXPECT_EQ(running[0].client, client);
    EXPECT_EQ(running[0].seq, 1u);
    EXPECT_NE(running[0].thread, 0);

    hears("heartbeat");
    hears("heartbeat");
    berth::test::write_file(directory / "go", "");
}

TEST_F(Role, a_lost_gateway_closes_the_clients_and_relink_serves_a_new_one) {
    start();
    const ClientId client = connect();

    lanes.clear();
    EXPECT_TRUE(log.sees("disconnection 1006 cause 5", 1, id(client)));
    say({{"type", "relink"}}, true);

    const ClientId next = connect(9);
    event(1, [&](auto& encoder) { encoder.message(next, 1, link::Kind::text, "reply again"); });
    EXPECT_EQ(action(1, Action::Type::send).text, "again");
}

TEST_F(Role, what_a_library_publishes_in_load_waits_for_the_gateway) {
    json body = init("topics_plain");
    body["others_alive"] = true;
    say(body, true);
    hears("loaded");

    EXPECT_EQ(action(0, Action::Type::publish).text, "versions|1 is loaded");
    EXPECT_EQ(action(1, Action::Type::publish).text, "versions|1 is loaded");
    say({{"type", "stop"}, {"within_ms", 10000}});
    hears("stopped");
}

TEST_F(Role, ends_with_a_sentence_when_it_cannot_read_what_its_gateway_says) {
    start("bare");  // Nobody stops it, so it must not own anything.

    // Its slabs could not be mapped here, which the gateway does not know.
    event(1, [&](auto& encoder) { encoder.message_placed(ClientId{1}, 1, link::Kind::text, {0, 0, 1}); });

    ASSERT_EQ(hears("failed")["message"], "the link to the gateway broke");
    thread.join();
    EXPECT_EQ(exit_code, 1);
}

TEST_F(Role, ends_when_its_supervisor_has_gone) {
    start("bare");  // Nobody stops it, so it must not own anything.

    channel.reset();

    thread.join();
    EXPECT_EQ(exit_code, 70);
}

// The sanitizers have handlers of their own for these signals.
#if !defined(BERTH_SANITIZED)
class CrashMarks : public ::testing::Test {};

TEST_F(CrashMarks, name_the_thread_that_crashed_and_leave_the_signal_its_work) {
    auto slots = *link::SlotTable::create();
    for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL}) {
        slots.at(5).signal.store(0);
        const pid_t child = ::fork();
        if (child == 0) {
            install_crash_marks(slots.crash_stack());
            std::thread crashing([&] {
                const SignalStack stack;
                set_crash_slot(&slots.at(5));
                slots.at(5).event.store(static_cast<std::uint32_t>(link::SlotEvent::message));
                if (signal == SIGABRT) std::abort();
                ::raise(signal);
            });
            crashing.join();
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);

        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << status;
        EXPECT_EQ(slots.at(5).signal.load(), static_cast<std::uint32_t>(signal));
        EXPECT_EQ(slots.running().at(0).signal, static_cast<std::uint32_t>(signal));
    }
}

TEST_F(CrashMarks, mark_a_stack_that_overflows_too) {
    auto slots = *link::SlotTable::create();
    const pid_t child = ::fork();
    if (child == 0) {
        install_crash_marks(slots.crash_stack());
        std::thread crashing([&] {
            const SignalStack stack;
            set_crash_slot(&slots.at(7));
            struct Deep {
                static int down(int depth) {
                    volatile char page[4096];
                    page[0] = static_cast<char>(depth);
                    return depth == 1'000'000 ? 0 : down(depth + 1) + page[0];
                }
            };
            std::ignore = Deep::down(0);
        });
        crashing.join();
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);

    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) << status;
    EXPECT_EQ(slots.at(7).signal.load(), static_cast<std::uint32_t>(SIGSEGV));
    EXPECT_EQ(slots.crash_stack().count.load(), link::CrashStack::addresses_max) << "the innermost calls";
}
#endif

}  // namespace berth::host::worker::test
