// SPDX-License-Identifier: MIT
// Clients that go on: what the worker that they leave says, and the one that they come to.
#include <algorithm>
#include <array>
#include <atomic>
#include <sstream>

#include "link/record.hpp"
#include "unit/link/recording_sinks.hpp"
#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {

class Resuming : public WorkerTest {
protected:
    Resuming() {
        settings.library = project_file("resuming_1");
        std::filesystem::create_directories(settings.data_directory);
    }

    /// What this client's context saved last.
    std::string state_of(ClientId client) {
        std::string state;
        for (const Action& action : gateway().actions()) {
            if (action.client == client && action.type == Action::Type::saved) state = action.text;
        }
        return state;
    }
    std::vector<std::string> ledger() {
        std::vector<std::string> lines;
        std::istringstream in(berth::test::read_file(settings.data_directory / "ledger"));
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }
};

TEST_F(Resuming, says_that_it_does) {
    make();

    const auto description = load();

    ASSERT_TRUE(description) << description.error().message;
    EXPECT_TRUE(description->resumes);
}

TEST_F(Resuming, saves_what_an_event_has_changed_before_it_is_done) {
    start();
    const ClientId ana = gateway().connect({.query = "ana"});
    ask(ana, "1");
    ask(ana, "tag?");
    ASSERT_TRUE(gateway().is_done(ana, 2));

    std::string order;
    for (const Action& action : gateway().actions()) {
        if (action.type == Action::Type::admitted) order += "admitted ";
        if (action.type == Action::Type::saved) order += "saved ";
        if (action.type == Action::Type::done) order += "done ";
    }
    EXPECT_EQ(order, "admitted saved saved done done ") << "the tag, the count, and nothing when nothing has changed";
}

TEST_F(Resuming, gives_a_client_that_comes_its_state_and_no_connection_event) {
    start();
    const ClientId first = gateway().connect({.query = "ana"});
    ask(first, "1");
    ASSERT_TRUE(gateway().is_done(first, 1));
    const std::string state = state_of(first);

    const ClientId again = gateway().resume({.subprotocol = "", .state = state}, {.query = "another"});

    EXPECT_EQ(ask(again, "tag?"), "ana") << "not what `connection` would have set";
    EXPECT_EQ(ask(again, "2"), "2 of 2");
    EXPECT_EQ(gateway().count(again, Action::Type::admitted), 0u);
}

TEST_F(Resuming, tells_a_client_that_its_event_was_cut_off) {
    start();

    const ClientId ana = gateway().resume({.subprotocol = {}, .state = std::nullopt, .is_interrupted = true});

    EXPECT_EQ(gateway().hears(ana), "interrupted");
}

TEST_F(Resuming, leaves_out_a_state_that_it_cannot_read) {
    start();

    const ClientId ana = gateway().resume({.subprotocol = {}, .state = "of another version"});

    EXPECT_EQ(ask(ana, "count"), "0");
    EXPECT_TRUE(log.sees("the saved state is another version's and is left out: its list of members differs"));
}

TEST_F(Resuming, counts_what_waits_for_the_client_against_its_backlog) {
    settings.limits.backlog_bytes = 1000;
    start();

    const ClientId ana = gateway().resume({.subprotocol = {}, .state = std::nullopt, .backlog = 990});
    gateway().says(ana, "a message for which there is no room any more");

    EXPECT_EQ(gateway().closed_with(ana).number, 1013u);
}

TEST_F(Resuming, gives_one_that_came_and_left_its_disconnection) {
    start();
    const ClientId ana = gateway().resume({});
    ask(ana, "tag ana");

    gateway().closes(ana);

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(ledger(), std::vector<std::string>{"gone ana 1000"});
}

TEST_F(Resuming, lets_a_client_part_when_what_came_before_is_done) {
    start();
    const ClientId ana = gateway().connect({.query = "ana"});
    gateway().says(ana, "wait " + gate("a"));
    gateway().says(ana, "1");
    gateway().parts(ana);
    EXPECT_EQ(gateway().count(ana, Action::Type::parted), 0u);

    open_gate("a");

    EXPECT_EQ(gateway().hears(ana), "waited");
    EXPECT_EQ(gateway().hears(ana), "1 of 1");
    ASSERT_TRUE(gateway().wait_for(ana, Action::Type::parted));
    EXPECT_EQ(gateway().actions().back().type, Action::Type::parted) << "its last word";
    EXPECT_EQ(gateway().count(ana, Action::Type::released), 0u);
    EXPECT_EQ(ledger(), std::vector<std::string>{"ana 1"}) << "no disconnection";
    // The word leaves before the context is destroyed.
    EXPECT_TRUE(berth::test::eventually([&] { return worker().figures().contexts == 0; }));
}

TEST_F(Resuming, gives_a_client_that_was_to_part_its_disconnection_when_the_gateway_dies) {
    start();
    const ClientId ana = gateway().connect({.query = "ana"});
    gateway().says(ana, "wait " + gate("a"));
    gateway().parts(ana);
    worker().gateway_lost();

    open_gate("a");

    EXPECT_TRUE(berth::test::eventually([&] { return worker().figures().contexts == 0; }));
    EXPECT_EQ(ledger(), std::vector<std::string>{"gone ana 1006"});
}

TEST_F(Resuming, tells_the_global_service_whom_a_death_took_along) {
    start();
    const std::array lost{ClientId{7}, ClientId{8}};

    worker().lost(lost);

    EXPECT_TRUE(berth::test::eventually([&] { return ledger() == std::vector<std::string>{"lost 2"}; }));
}

TEST_F(Resuming, marks_an_event_until_its_end_was_said) {
    start();
    std::atomic<int> unmarked{0}, blamed{0};
    // Before anybody comes: what a connection has saved leaves after its verdict.
    gateway().on_submit = [&](std::string_view records) {
        link::testing::RecordingActions actions;
        (void)link::decode_actions(records, actions);
        const auto running = slots.running();
        const auto mark = std::find_if(running.begin(), running.end(), [](const auto& slot) {
            return slot.event == link::SlotEvent::message && slot.seq == 1;
        });
        for (const auto& line : actions.lines) {
            if (!line.starts_with("done ")) continue;
            unmarked += mark == running.end() ? 1 : 0;
            blamed += mark != running.end() && mark->in_project ? 1 : 0;
        }
    };
    const ClientId ana = gateway().connect();

    ask(ana, "1");

    ASSERT_TRUE(gateway().is_done(ana, 1));
    EXPECT_EQ(unmarked.load(), 0);
    EXPECT_EQ(blamed.load(), 0) << "a death from here on is no fault of its handler";
    gateway().on_submit = nullptr;
}

class Stateless : public Resuming {
protected:
    Stateless() { settings.library = project_file("stateless_1"); }
};

TEST_F(Stateless, gives_a_client_that_comes_fresh_globals) {
    start();

    const ClientId ana = gateway().resume({}, {.query = "ana"});

    EXPECT_EQ(ask(ana, "tag?"), "");
    EXPECT_EQ(ask(ana, "1"), "1 of 1");
    EXPECT_EQ(gateway().count(ana, Action::Type::saved), 0u);
}

}  // namespace berth::host::worker::test
