// SPDX-License-Identifier: MIT
// How much one client or one worker gets of a turn of an I/O thread, which others wait for.
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "gateway/generation_actions.hpp"
#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using test::Frame;
using test::RawClient;
using test::WsClient;

class Turns : public GatewayTest {
protected:
    static constexpr std::uint64_t kib = 1u << 10, mib = 1u << 20;
    static constexpr std::size_t message = 1'000;

    ~Turns() override { watches_ = false; }

    /// Keeps the one I/O thread from its next turn until `go_on`.
    void stall() {
        std::promise<void> stands;
        gateway->figures([this, &stands](const GatewayFigures&) {
            stands.set_value();
            may_go_on_.get_future().wait();
        });
        stands.get_future().wait();
    }
    void go_on() { may_go_on_.set_value(); }
    /// As `go_on`; answers how much each turn from then on did of something, until it has all been done.
    std::vector<std::uint64_t> turns_of(std::uint64_t (*something)(const ProjectFigures&), std::uint64_t all) {
        std::promise<void> done;
        std::uint64_t before = 0;
        std::vector<std::uint64_t> turns;
        const std::function<void(GatewayFigures)> look = [&](const GatewayFigures& now) {
            const std::uint64_t so_far = something(now.projects.at("p"));
            if (so_far != before) turns.push_back(so_far - before);
            before = so_far;
            if (!watches_ || so_far >= all) return done.set_value();
            gateway->figures(look);  // In the next turn.
        };
        gateway->figures(look);
        go_on();
        auto ended = done.get_future();
        EXPECT_EQ(ended.wait_for(std::chrono::seconds(20) * test::patience), std::future_status::ready);
        watches_ = false;
        ended.wait();
        return turns;
    }

private:
    std::promise<void> may_go_on_;
    std::atomic<bool> watches_{true};
};

struct Reading {
    const char* extensions;
    std::uint64_t least, most;  ///< of its bytes, in the largest turn
};
class TurnsOfClients : public Turns, public ::testing::WithParamInterface<Reading> {};
INSTANTIATE_TEST_SUITE_P(All, TurnsOfClients,
                         ::testing::Values(Reading{"permessage-deflate", 8u << 10, 16u << 10}, Reading{"", 32u << 10, 256u << 10}),
                         [](const auto& which) { return *which.param.extensions == '\0' ? "plain" : "compressed"; });

TEST_P(TurnsOfClients, read_so_much_of_each) {
    const auto [extensions, least, most] = GetParam();
    constexpr std::size_t messages = 1'000;
    rules.compression.is_enabled = true;
    rules.inbox_events = 2 * messages;
    rules.inbox_bytes = 4 * mib;
    worker.on_message = [](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) { to.done(client, seq); };
    start(1);
    RawClient ana(endpoint);
    ASSERT_EQ(ana.ask("/p", {{"Sec-WebSocket-Extensions", extensions}}).status, 101);
    std::string all;
    for (std::size_t i = 0; i < messages; ++i) all += test::encode(Frame{.opcode = test::opcode::binary, .payload = std::string(message, 'x')});

    stall();
    auto sent = std::async(std::launch::async, [&] { return ana.send(all); });
    // As much as the system takes for the gateway waits for its next turn.
    ASSERT_TRUE(test::eventually([&] {
        int waiting = 0;
        ::ioctl(ana.fd(), SIOCOUTQ, &waiting);
        return sent.wait_for(std::chrono::milliseconds(0)) == std::future_status::ready || waiting >= 1 << 16;
    }));
    const auto turns = turns_of([](const ProjectFigures& of) { return of.bytes_in; }, messages * message);

    EXPECT_TRUE(sent.get());
    const std::uint64_t largest = *std::max_element(turns.begin(), turns.end());
    EXPECT_LE(largest, most + message) << "one may have begun in the turn before";
    EXPECT_GE(largest, least);
}

TEST_F(Turns, hear_128_kib_of_a_worker_each) {
    constexpr std::size_t messages = 2'000;
    rules.backlog_bytes = 16 * mib;
    start(1);
    WsClient ana(endpoint, "/p");
    worker.heard("opened 1");

    stall();
    worker.say([&](link::ActionSink& to) {
        for (std::size_t i = 0; i < messages; ++i) to.send(ClientId{1}, link::Kind::buffer, std::string(message, 'x'));
    });
    const auto turns = turns_of([](const ProjectFigures& of) { return of.bytes_out; }, messages * message);

    const std::uint64_t largest = *std::max_element(turns.begin(), turns.end());
    EXPECT_LE(largest, 128 * kib);
    EXPECT_GT(largest, 64 * kib);
    for (std::size_t i = 0; i < messages; ++i) ASSERT_TRUE(ana.next());
}

TEST_F(Turns, after_a_workers_end_deliver_ten_shares_of_what_it_had_published_and_all_that_it_had_said_to_one) {
    constexpr std::size_t members = 100, publications = 6'000;
    constexpr std::size_t share = GenerationActions::deliveries_max / (members + 1);
    start(1);
    std::vector<std::unique_ptr<WsClient>> room;
    for (std::size_t i = 0; i < members; ++i) room.push_back(std::make_unique<WsClient>(endpoint, "/p"));
    worker.say([&](link::ActionSink& to) {
        for (std::uint64_t i = 1; i <= members; ++i) to.subscribe(ClientId{i}, "room");
    });
    room.back()->says("all are there");
    ASSERT_EQ(room.back()->hears(), "all are there");

    stall();
    worker.say([&](link::ActionSink& to) {
        for (std::size_t i = 0; i < publications; ++i) {
            to.publish({.topic = "room", .kind = link::Kind::text, .payload = std::to_string(i), .except = {}});
        }
        to.send(ClientId{1}, link::Kind::text, "last words");
    });
    ASSERT_EQ(worker.port().waiting_bytes(0), 0u) << "its words are out of its process";
    worker.die();
    gateway->worker_lost("p", 1, {});
    go_on();

    std::size_t heard = 0;
    std::string word = room.front()->hears();
    for (; word == std::to_string(heard); word = room.front()->hears()) ++heard;
    EXPECT_EQ(word, "last words");
    // Before its end is known, turns go by as ever.
    EXPECT_GE(heard, 10 * share);
    EXPECT_LE(heard, 13 * share + 10);
    EXPECT_EQ(room.front()->closed().code, 1012u);
    for (std::size_t i = 0; i < heard; ++i) ASSERT_EQ(room.back()->hears(), std::to_string(i));
    EXPECT_EQ(room.back()->closed().code, 1012u) << "in each turn a publication goes to all of its subscribers, or to none";
}

}  // namespace berth::host::gateway::testing
