// SPDX-License-Identifier: MIT
// DECISIONS: when send, execute, disconnect of a handler leave.
#include "worker/emission.hpp"

#include <gtest/gtest.h>

namespace berth::host::worker {
namespace {

/// Remembers what left, in order.
struct Port final : link::ActionPort {
    [[nodiscard]] std::size_t lanes() const override { return 3; }
    void submit(std::size_t lane, std::string_view records) override {
        left.push_back("lane " + std::to_string(lane));
        bytes += records.size();
    }
    std::vector<std::string> left;
    std::size_t bytes = 0;
};

struct Posts final : PostSink {
    explicit Posts(Port& its_port) : port(its_port) {}
    void deliver(Post) override { port.left.push_back("post"); }
    Port& port;
};

constexpr ClientId own = make_client_id({0, 0, 0, 1});
constexpr ClientId other = make_client_id({0, 0, 1, 2});

class Emissions : public ::testing::Test {
protected:
    Emissions() { outlet.attach(&port); }
    Port port;
    Posts posts{port};
    Outlet outlet;
    Ticker ticker{[](TimePoint) { return Ticker::idle; }};  // Never started: the test is the ticker.
    Emission emission{outlet, posts, ticker};
};

TEST_F(Emissions, hold_everything_until_the_end_then_lanes_the_own_one_last_then_procedures) {
    emission.begin(Hold::streaming, own);
    emission.post({});
    emission.send(own, link::Kind::text, "a");
    emission.send(other, link::Kind::text, "b");
    EXPECT_TRUE(port.left.empty());

    emission.end();

    EXPECT_EQ(port.left, (std::vector<std::string>{"lane 1", "lane 0", "post"}));
}

TEST_F(Emissions, stream_past_64_kib) {
    emission.begin(Hold::streaming, own);
    emission.send(own, link::Kind::buffer, std::string(40 << 10, 'x'));
    EXPECT_TRUE(port.left.empty());

    emission.send(own, link::Kind::buffer, std::string(40 << 10, 'x'));

    EXPECT_EQ(port.left.size(), 1u);
    EXPECT_GT(port.bytes, 80u << 10);
    EXPECT_FALSE(emission.is_held());
}

TEST_F(Emissions, stream_after_10_ms) {
    emission.begin(Hold::streaming, own);
    const TimePoint before = Clock::now();
    emission.send(own, link::Kind::text, "working");

    emission.tick(before);
    EXPECT_TRUE(port.left.empty());
    EXPECT_TRUE(emission.is_held());
    emission.tick(Clock::now() + Milliseconds(10));

    EXPECT_EQ(port.left.size(), 1u);
    EXPECT_FALSE(emission.is_held());
}

TEST_F(Emissions, of_repeatable_events_and_of_connection_never_stream) {
    for (const Hold hold : {Hold::to_the_end, Hold::admission}) {
        emission.begin(hold, own);
        emission.send(other, link::Kind::buffer, std::string(200 << 10, 'x'));
        emission.tick(Clock::now() + std::chrono::hours(1));
        EXPECT_TRUE(port.left.empty());
        emission.end();
        EXPECT_EQ(port.left.size(), 1u);
        port.left.clear();
    }
}

TEST_F(Emissions, to_many_are_one_record_a_lane) {
    emission.begin(Hold::streaming, own);
    const ClientId clients[] = {own, other, make_client_id({0, 0, 0, 3}), make_client_id({0, 0, 1, 4})};

    emission.send_many(clients, link::Kind::text, "all");
    emission.end();

    EXPECT_EQ(port.left.size(), 2u);
    EXPECT_LT(port.bytes, 4 * (sizeof(link::RecordHeader) + 3 + 8));
}

TEST_F(Emissions, of_events_that_follow_at_once_leave_together) {
    emission.gather();
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
        emission.begin(Hold::streaming, own);
        emission.end_gathering(own, seq);
        EXPECT_TRUE(port.left.empty());
        EXPECT_TRUE(emission.is_held());
    }
    emission.leave();

    EXPECT_EQ(port.left.size(), 1u);
    EXPECT_EQ(port.bytes, 3 * sizeof(link::RecordHeader));
    EXPECT_FALSE(emission.is_held());
}

TEST_F(Emissions, that_wait_for_the_next_event_leave_after_10_ms_and_past_64_kib) {
    emission.gather();
    emission.begin(Hold::streaming, own);
    emission.end_gathering(own, 1);
    emission.tick(Clock::now() + Milliseconds(10));
    EXPECT_EQ(port.left.size(), 1u);

    for (int i = 0; i < 2; ++i) {
        emission.begin(Hold::streaming, own);
        emission.send(own, link::Kind::buffer, std::string(40 << 10, 'x'));
        emission.end_gathering(own, 2);
    }
    EXPECT_EQ(port.left.size(), 2u);
}

TEST_F(Emissions, wait_for_no_event_that_is_held_longer_or_spoke_elsewhere) {
    emission.gather();
    for (const auto& [hold, next] : {std::pair(Hold::to_the_end, own), std::pair(Hold::admission, own),
                                     std::pair(Hold::streaming, other)}) {
        emission.begin(Hold::streaming, own);
        emission.end_gathering(own, 1);
        EXPECT_TRUE(port.left.empty());
        emission.begin(hold, next);
        emission.send(other, link::Kind::text, "new");
        EXPECT_EQ(port.left, std::vector<std::string>{"lane 0"});
        emission.end();
        port.left.clear();
    }

    emission.begin(Hold::streaming, own);
    emission.send(other, link::Kind::text, "elsewhere");
    emission.end_gathering(own, 2);
    EXPECT_EQ(port.left, (std::vector<std::string>{"lane 1", "lane 0"}));
}

TEST_F(Emissions, for_lanes_that_the_gateway_does_not_have_are_dropped) {
    emission.begin(Hold::streaming, own);
    emission.send(make_client_id({0, 0, 9, 1}), link::Kind::text, "nobody");

    emission.end();

    EXPECT_TRUE(port.left.empty());
}

}  // namespace
}  // namespace berth::host::worker
