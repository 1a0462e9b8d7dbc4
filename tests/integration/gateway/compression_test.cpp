// SPDX-License-Identifier: MIT
// permessage-deflate with clients that do it right, and with those that do not.
#include <atomic>
#include <random>

#include "integration/gateway/gateway_fixture.hpp"
#include "support/deflate.hpp"

namespace berth::host::gateway::testing {

using test::Deflate;
using test::Frame;
using test::RawClient;
namespace opcode = test::opcode;

namespace {

constexpr auto extensions = "Sec-WebSocket-Extensions";

/// That many bytes that compress well.
std::string words(std::size_t length) {
    std::string text;
    for (std::size_t i = 0; text.size() < length; ++i) text += "the ship lies at quay " + std::to_string(i % 97) + ", ";
    return text.substr(0, length);
}

/// That many bytes that do not compress.
std::string noise(std::size_t length) {
    static std::mt19937 random{7};
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

class Compressed : public GatewayTest {
protected:
    void SetUp() override { rules.compression.is_enabled = true; }

    /// What the gateway answers to an offer; empty: nothing.
    std::string answer(const std::string& offer) {
        RawClient client(endpoint);
        const auto reply = client.ask("/p", {{extensions, offer}});
        EXPECT_EQ(reply.status, 101);
        return reply.header(extensions);
    }
    RawClient connect(const std::string& offer = "permessage-deflate; client_max_window_bits") {
        RawClient client(endpoint);
        EXPECT_EQ(client.ask("/p", {{extensions, offer}}).status, 101);
        return client;
    }
    static Frame next(RawClient& client) {
        const auto frame = client.frame();
        EXPECT_TRUE(frame) << "no frame came";
        return frame.value_or(Frame{});
    }
    static unsigned closed_with(RawClient& client) {
        const Frame frame = next(client);
        EXPECT_EQ(frame.opcode, opcode::close) << frame.payload.substr(0, 60);
        EXPECT_EQ(frame.rsv, 0u);
        return test::close_code(frame);
    }
};

TEST_F(Compressed, is_agreed_where_the_project_wants_it_and_the_client_offers_it) {
    start();
    EXPECT_EQ(answer("permessage-deflate"), "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    EXPECT_EQ(answer("permessage-deflate; mystery, permessage-deflate; server_max_window_bits=10"),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10");
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=99"), "");
    EXPECT_EQ(answer("x-other"), "");
    EXPECT_EQ(answer(""), "");
    rules.compression.is_enabled = false;
    gateway->set_project(rules, 0, std::vector<UniqueFd>{});
    settle();
    EXPECT_EQ(answer("permessage-deflate"), "");
}

TEST_F(Compressed, clients_take_turns_before_one_has_been_read_to_its_end) {
    constexpr int messages = 100;
    rules.inbox_events = 10 * messages;
    std::atomic<int> turns{0};
    worker.on_message = [&, last = ClientId{}](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) mutable {
        if (std::exchange(last, client) != client) ++turns;
        to.done(client, seq);
    };
    start(1);
    RawClient ana = connect(), ben = connect();
    // The I/O thread is kept here until both have sent everything.
    std::promise<void> is_held, goes_on;
    gateway->figures([&](const GatewayFigures&) {
        is_held.set_value();
        goes_on.get_future().wait();
    });
    is_held.get_future().wait();
    Deflate deflate;
    std::string all;
    for (int i = 0; i < messages; ++i) all += deflate.frame(noise(500), /*is_text=*/false);
    ASSERT_GT(all.size(), 48'000u);
    ASSERT_TRUE(ana.send(all));
    ASSERT_TRUE(ben.send(all));

    goes_on.set_value();

    EXPECT_TRUE(test::eventually([&] { return worker.count("message ") == 2 * messages; }));
    EXPECT_GE(turns, 6) << "16 KiB of each at a time";
}

TEST_F(Compressed, messages_that_are_never_ended_are_given_up_before_they_stop_everybody) {
    host_rules.memory_bytes = 4u << 20;
    start();
    RawClient ana = connect();
    std::vector<RawClient> hoarders;
    for (int i = 0; i < 120; ++i) hoarders.push_back(connect());
    Deflate deflate;
    const std::string begun = deflate.frame(words(5000)).substr(0, 6 + 40);
    for (auto& client : hoarders) ASSERT_TRUE(client.send(begun));

    EXPECT_TRUE(test::eventually([&] { return figures().projects["p"].limit_hits["memory"] > 0; }));
    EXPECT_TRUE(test::eventually([&] { return figures().memory_bytes < host_rules.memory_bytes / 100 * 85; }));
    ASSERT_TRUE(ana.send(deflate.frame("still here")));
    EXPECT_EQ(next(ana).payload, "still here");
}

TEST_F(Compressed, messages_reach_the_worker_whole_and_its_own_leave_compressed) {
    start();
    RawClient ana = connect();
    Deflate deflate;
    const std::string payload = words(5000);
    ASSERT_TRUE(ana.send(deflate.frame(payload)));
    EXPECT_TRUE(worker.heard("message").ends_with(" text " + payload));
    const Frame echo = next(ana);
    EXPECT_EQ(echo.rsv, test::rsv1);
    EXPECT_LT(echo.payload.size(), 1000u);
    EXPECT_EQ(deflate.text_of(echo), payload);
}

TEST_F(Compressed, small_messages_leave_as_they_are_and_plain_ones_are_understood) {
    start();
    RawClient ana = connect();
    Deflate deflate;
    ASSERT_TRUE(ana.send(deflate.frame("tiny", false)));
    const Frame tiny = next(ana);
    EXPECT_EQ(tiny.rsv, 0u);
    EXPECT_EQ(tiny.opcode, opcode::binary);
    EXPECT_EQ(tiny.payload, "tiny");
    ASSERT_TRUE(ana.send(Frame{.payload = words(1000)}));
    EXPECT_EQ(deflate.text_of(next(ana)), words(1000));
    ASSERT_TRUE(ana.send(deflate.frame("")));
    EXPECT_EQ(next(ana).payload, "");
}

TEST_F(Compressed, contexts_are_taken_over_where_the_project_allows_it) {
    rules.compression.wish = {};
    start();
    RawClient ana = connect();
    Deflate deflate({.keeps_send_context = true, .keeps_receive_context = true});
    std::size_t first = 0, again = 0;
    for (int i = 0; i < 3; ++i) {
        std::string payload = words(300) + std::to_string(i);
        ASSERT_TRUE(ana.send(deflate.frame(payload)));
        const Frame echo = next(ana);
        EXPECT_EQ(deflate.text_of(echo), payload);
        (i == 0 ? first : again) = echo.payload.size();
    }
    EXPECT_LT(again, first / 2);
}

TEST_F(Compressed, one_message_to_many_is_the_same_frame_for_all_who_may_share_it) {
    start(1);
    RawClient ana = connect(), ben = connect(), small = connect("permessage-deflate; server_max_window_bits=9");
    RawClient plain(endpoint);
    plain.open("/p");
    const auto all = clients().clients;
    ASSERT_EQ(all.size(), 4u);
    std::vector<ClientId> ids;
    for (const auto& client : all) ids.push_back(client.id);
    const std::string payload = words(3000);
    worker.say([&](link::ActionSink& to) { to.send_many(ids, link::Kind::text, payload); });
    const Frame to_ana = next(ana), to_ben = next(ben), to_small = next(small), to_plain = next(plain);
    EXPECT_EQ(to_ana.payload, to_ben.payload);
    EXPECT_EQ(to_ana.rsv, test::rsv1);
    EXPECT_EQ(Deflate().text_of(to_ana), payload);
    EXPECT_EQ(Deflate({.receive_bits = 9}).text_of(to_small), payload);
    EXPECT_EQ(to_plain.rsv, 0u);
    EXPECT_EQ(to_plain.payload, payload);
}

TEST_F(Compressed, fragments_with_control_frames_between_them_are_one_message) {
    start();
    RawClient ana = connect();
    Deflate deflate;
    const std::string payload = words(2000), compressed = deflate.compress(payload);
    ASSERT_TRUE(ana.send(Frame{.payload = compressed.substr(0, 10), .fin = false, .rsv = test::rsv1}));
    ASSERT_TRUE(ana.send(Frame{.opcode = opcode::ping, .payload = "?"}));
    ASSERT_TRUE(ana.send(Frame{.opcode = opcode::continuation, .payload = "", .fin = false}));
    ASSERT_TRUE(ana.send(Frame{.opcode = opcode::continuation, .payload = compressed.substr(10)}));
    EXPECT_EQ(next(ana).opcode, opcode::pong);
    EXPECT_EQ(deflate.text_of(next(ana)), payload);
}

TEST_F(Compressed, a_bomb_closes_with_1009_and_is_counted) {
    start();
    RawClient ana = connect();
    ASSERT_TRUE(ana.send(Deflate().frame(std::string(10'000'000, '\0'), false)));
    EXPECT_EQ(closed_with(ana), 1009u);
    EXPECT_EQ(figures().projects["p"].limit_hits["message"], 1u);
    EXPECT_EQ(worker.count("message"), 0u);
}

TEST_F(Compressed, what_is_not_deflate_or_not_text_closes_with_1007) {
    start();
    RawClient ana = connect();
    ASSERT_TRUE(ana.send(Frame{.payload = "\xFF\xFF\xFF", .rsv = test::rsv1}));
    EXPECT_EQ(closed_with(ana), 1007u);
    RawClient ben = connect();
    ASSERT_TRUE(ben.send(Deflate().frame("caf\xE9 and more")));
    EXPECT_EQ(closed_with(ben), 1007u);
}

TEST_F(Compressed, its_bit_is_refused_where_it_was_not_agreed_and_where_it_may_not_stand) {
    start();
    RawClient plain(endpoint);
    plain.open("/p");
    ASSERT_TRUE(plain.send(Deflate().frame("Hello")));
    EXPECT_EQ(closed_with(plain), 1002u);
    for (const Frame& frame : {Frame{.opcode = opcode::ping, .rsv = test::rsv1}, Frame{.opcode = opcode::continuation, .rsv = test::rsv1},
                               Frame{.rsv = 2}, Frame{.rsv = 5}}) {
        RawClient ana = connect();
        ASSERT_TRUE(ana.send(frame));
        EXPECT_EQ(closed_with(ana), 1002u);
    }
}

TEST_F(Compressed, contexts_that_clients_may_fill_count_as_memory_from_the_beginning) {
    start(1);
    std::vector<RawClient> crowd;
    for (int i = 0; i < 5; ++i) crowd.push_back(connect());
    EXPECT_LT(figures().memory_bytes, 100'000u) << "none is taken over";
    rules.compression.wish = {};
    gateway->set_project(rules, 0, std::vector<UniqueFd>{});
    settle();
    for (int i = 0; i < 5; ++i) crowd.push_back(connect());
    EXPECT_TRUE(test::eventually([&] { return figures().memory_bytes > 5 * (32u << 10); }));
}

}  // namespace
}  // namespace berth::host::gateway::testing
