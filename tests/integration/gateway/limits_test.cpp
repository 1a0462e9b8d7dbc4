// SPDX-License-Identifier: MIT
// Whoever sends too fast, too slowly or too much of the wrong thing costs only himself, and is counted.
#include <linux/filter.h>

#include "integration/gateway/gateway_fixture.hpp"
#include "support/certificate.hpp"
#include "support/private_network.hpp"

namespace berth::host::gateway::testing {

using test::Deadline;
using test::eventually;
using test::Frame;
using test::RawClient;
using test::WsClient;
using namespace std::chrono_literals;

namespace {

constexpr auto visitor = "192.0.2.7";

class GateLimits : public GatewayTest {
protected:
    std::uint64_t hits(const std::string& limit) { return figures().projects["p"].limit_hits[limit]; }
};

/// From now on nothing that is sent to this socket arrives, as if its machine had lost the network.
void cut_off(const RawClient& client) {
    sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{.len = 1, .filter = &drop};
    ASSERT_EQ(::setsockopt(client.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
}

}  // namespace

TEST_F(GateLimits, a_burst_over_the_message_rate_is_read_more_slowly_and_loses_nothing) {
    rules.messages_per_second = 20;
    start();
    WsClient ana(endpoint, "/p");
    const auto began = std::chrono::steady_clock::now();

    for (int i = 0; i < 60; ++i) ASSERT_TRUE(ana.says(std::to_string(i)));

    for (int i = 0; i < 60; ++i) EXPECT_EQ(ana.hears(), std::to_string(i));
    EXPECT_GE(std::chrono::steady_clock::now() - began, 900ms) << "40 at once, then 20 a second";
    EXPECT_GE(hits("message-rate"), 1u);
    EXPECT_TRUE(ana.is_open());
}

TEST_F(GateLimits, who_goes_on_sending_too_fast_is_closed_with_1008) {
    rules.messages_per_second = 20;
    rules.held_back = 1s;
    start();
    WsClient ana(endpoint, "/p");
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(ana.says("x"));

    const auto closed = ana.closed();

    EXPECT_EQ(closed.code, 1008u);
    EXPECT_EQ(closed.reason, "too many messages");
    EXPECT_EQ(worker.heard("closed "), "closed 1 1008 4 too many messages");
    EXPECT_LT(worker.count("message "), 1000u) << "of 2000; a machine that stands still for seconds has him begin anew";
}

TEST_F(GateLimits, the_bytes_of_messages_have_a_rate_of_their_own) {
    rules.bytes_per_second = 10'000;
    start();
    WsClient ana(endpoint, "/p");
    const auto began = std::chrono::steady_clock::now();

    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ana.says(std::string(10'000, 'x')));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ana.hears().size(), 10'000u);
    ASSERT_TRUE(ana.says("y"));

    EXPECT_EQ(ana.hears(), "y");
    EXPECT_GE(std::chrono::steady_clock::now() - began, 900ms);
}

TEST_F(GateLimits, control_frames_beyond_their_rate_close_with_1008) {
    rules.control_frames = 2;
    start();
    WsClient patient(endpoint, "/p");
    RawClient ana(endpoint);
    ana.open("/p");

    // In one piece: they come at one time, however busy the machine is.
    std::string pings;
    for (int i = 0; i < 30; ++i) pings += test::encode(Frame{.opcode = test::opcode::ping, .payload = "x"});
    ana.send(pings);

    unsigned pongs = 0;
    std::optional<Frame> frame;
    while ((frame = ana.frame()) && frame->opcode == test::opcode::pong) ++pongs;
    ASSERT_TRUE(frame);
    EXPECT_EQ(test::close_code(*frame), 1008u);
    EXPECT_EQ(pongs, 20u);
    EXPECT_EQ(hits("control-frames"), 1u);
    patient.says("still here");
    EXPECT_EQ(patient.hears(), "still here");
}

TEST_F(GateLimits, a_message_that_takes_too_long_closes_with_1008) {
    rules.message_time = 300ms;
    start();
    WsClient ana(endpoint, "/p");
    const std::string whole = test::encode(Frame{.opcode = test::opcode::text, .payload = std::string(100, 'x')}, {});

    ana.raw().send(whole.substr(0, whole.size() - 1));

    const auto closed = ana.closed();
    EXPECT_EQ(closed.code, 1008u);
    EXPECT_EQ(closed.reason, "a message took too long");
    EXPECT_EQ(hits("message-time"), 1u);
}

TEST_F(GateLimits, slow_pieces_of_messages_that_end_in_time_are_no_offence) {
    rules.message_time = 2s;
    start();
    WsClient ana(endpoint, "/p");
    const std::string whole = test::encode(Frame{.opcode = test::opcode::text, .payload = "x"}, {});

    // Each read ends one message and begins the next.
    ana.raw().send(whole.substr(0, 2));
    for (int i = 0; i < 30; ++i) {
        ana.raw().send(whole.substr(2) + whole.substr(0, 2));
        EXPECT_EQ(ana.hears(), "x");
        EXPECT_FALSE(ana.has_message(Deadline{std::chrono::milliseconds{100 / test::patience}}));
    }
    EXPECT_TRUE(ana.is_open());
}

TEST_F(GateLimits, a_message_has_its_time_again_after_its_sender_was_not_read_for_longer) {
    rules.message_time = 3s;
    rules.ping = rules.idle = Milliseconds(0);
    rules.backlog_bytes = 64u << 20;
    start(1);
    WsClient ana(endpoint, "/p", {}, {.receive_buffer = 4096}), ben(endpoint, "/p");
    const std::string whole = test::encode(Frame{.opcode = test::opcode::text, .payload = "x"});
    ana.raw().send(whole + whole.substr(0, 2));
    worker.heard("message 1 #1");
    // Who does not read is not read.
    for (int i = 0; i < 20; ++i) worker.say([](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, std::string(100'000, 'x')); });
    ASSERT_TRUE(eventually([&] { return clients({.client = ClientId{1}}).clients.at(0).backlog_bytes > 1'000'000; }));
    ben.raw().send(whole.substr(0, 2));
    ASSERT_EQ(ben.closed().code, 1008u) << "whose time began later";
    EXPECT_EQ(worker.count("closed 1 "), 0u);

    EXPECT_EQ(ana.closed().code, 1008u);
}

TEST_F(GateLimits, every_other_limit_that_ends_a_client_has_its_counter) {
    rules.message_bytes = 1000;
    rules.fragments = 2;
    rules.idle = 3s;
    start();
    WsClient large(endpoint, "/p"), split(endpoint, "/p"), idle(endpoint, "/p");

    large.says(std::string(1001, 'x'));
    for (int i = 0; i < 3; ++i) split.raw().send(Frame{.opcode = i == 0 ? test::opcode::text : test::opcode::continuation, .payload = "x", .fin = false});

    EXPECT_EQ(large.closed().code, 1009u);
    EXPECT_EQ(split.closed().code, 1008u);
    EXPECT_EQ(idle.closed().code, 1008u);
    const auto seen = figures().projects["p"].limit_hits;
    EXPECT_EQ(seen, (std::map<std::string, std::uint64_t>{{"fragments", 1}, {"idle", 1}, {"message", 1}}));
}

TEST_F(GateLimits, a_peer_that_takes_nothing_is_ended_and_counted) {
    host_rules.blocked_write = 300ms;
    start();
    WsClient ana(endpoint, "/p", {}, {.receive_buffer = 4096});
    worker.heard("opened ");

    worker.say([](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, std::string(900'000, 'x')); });

    EXPECT_EQ(worker.heard("closed "), "closed 1 1006 4 blocked");
    EXPECT_EQ(hits("blocked-write"), 1u);
}

TEST_F(GateLimits, a_peer_whose_system_acknowledges_nothing_is_ended_and_counted) {
    host_rules.unacknowledged = 1s;
    rules.ping = 100ms;
    rules.pong = 60s;
    start();
    WsClient ana(endpoint, "/p");
    worker.heard("opened ");

    cut_off(ana.raw());

    EXPECT_EQ(worker.heard("closed "), "closed 1 1006 5 unacknowledged");
    EXPECT_EQ(hits("unacknowledged"), 1u);
}

TEST_F(GateLimits, a_request_over_tls_has_its_time_from_the_end_of_the_handshake_on) {
    const auto made = test::make_certificate();
    listener_tls = tls::TlsSettings{.certificate_pem = made.certificate_pem, .key_pem = made.key_pem};
    endpoint.tls = true;
    endpoint.authority_pem = made.authority_pem;
    host_rules.tls_handshake = std::chrono::minutes(10);
    host_rules.head_time = 200ms;
    start();
    RawClient slow(endpoint);
    slow.send("GET /p");

    EXPECT_EQ(slow.reply().status, 408);
    EXPECT_EQ(figures().refused["head-timeout"], 1u);
}

TEST_F(GateLimits, an_address_that_connects_too_often_gets_429_and_is_let_in_again_later) {
    if (!test::enter_private_network(visitor)) GTEST_SKIP() << "this system gives no network namespace";
    host_rules.connection_rate = 2;
    start();
    const RawClient::Options from_there{.source = visitor};
    // Each has gone before the next comes: it is how often that counts. A slow machine is let in more often.
    test::HttpReply refusal;
    int let_in = 0;
    while ((refusal = RawClient(endpoint, from_there).ask("/p")).status == 101 && let_in < 200) ++let_in;

    EXPECT_GE(let_in, 10);
    EXPECT_EQ(refusal.status, 429);
    EXPECT_EQ(refusal.body, "this address connects more often than it may\n");
    EXPECT_EQ(RawClient(endpoint).ask("/p").status, 101) << "loopback is exempt";
    EXPECT_GE(figures().refused["connection-rate"], 1u);
    EXPECT_TRUE(eventually([&] { return RawClient(endpoint, from_there).ask("/p").status == 101; }));
}

TEST_F(GateLimits, whose_handshakes_have_ended_is_let_in_at_once_however_quiet_the_door_was) {
    if (!test::enter_private_network(visitor)) GTEST_SKIP() << "this system gives no network namespace";
    host_rules.handshakes_per_address = 1;
    host_rules.connections_per_address = 2;
    start();
    const RawClient::Options from_there{.source = visitor};
    WsClient ana(endpoint, "/p", {}, from_there);
    worker.heard("opened ");

    { EXPECT_EQ(RawClient(endpoint, from_there).ask("/p").status, 101) << "nobody shakes hands any more"; }

    ASSERT_TRUE(eventually([&] { return figures().connections == 1; }));
    EXPECT_EQ(RawClient(endpoint, from_there).ask("/p").status, 101) << "one has gone";
}

TEST_F(GateLimits, too_many_newcomers_in_a_second_get_503_whoever_they_are) {
    if (!test::enter_private_network(visitor)) GTEST_SKIP() << "this system gives no network namespace";
    host_rules.handshake_rate = 5;
    start();
    const RawClient::Options from_there{.source = visitor};
    int let_in = 0, refused = 0;
    while (refused < 5 && let_in < 300) {
        const int status = RawClient(endpoint, from_there).ask("/p").status;
        ASSERT_TRUE(status == 101 || status == 503) << status;
        ++(status == 101 ? let_in : refused);
    }

    EXPECT_GE(let_in, 5);
    EXPECT_EQ(refused, 5);
    EXPECT_EQ(figures().refused["handshake-rate"], static_cast<std::uint64_t>(refused));
}

}  // namespace berth::host::gateway::testing
