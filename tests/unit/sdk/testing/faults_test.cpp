// SPDX-License-Identifier: MIT
// Faults that a test asks for.
#include "unit/sdk/testing/talker.hpp"

namespace berth::test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(TestingFaults, a_slow_client_costs_itself_and_with_close_its_connection) {
    auto host = TestHost::of<Talker>({.backlog_bytes = 10'000});
    auto ana = host.connect(), ben = host.connect();
    ana.stops_reading();

    ana.says("flood 100");
    ben.says("flood 100");

    EXPECT_TRUE(host.logged("flooded 9")) << "a message costs 16 bytes beside its own";
    EXPECT_EQ(ana.closed(), (TestClosed{1013, "backlog full", Cause::limit}));
    EXPECT_EQ(ana.waiting(), 0u);
    EXPECT_TRUE(ben.is_connected() || ben.closed()->code == 1013);
}

TEST(TestingFaults, a_slow_client_loses_the_newest_where_the_policy_says_so) {
    auto host = TestHost::of<Talker>({.backlog_bytes = 3'000, .backlog_policy = TestBacklog::drop_newest});
    auto ana = host.connect();
    ana.stops_reading();

    ana.says("flood 100");
    ana.says("late");
    ana.reads_again();

    EXPECT_TRUE(ana.is_connected());
    EXPECT_EQ(ana.heard().size(), 3u) << "two of a thousand bytes, and the small one";
    ana.says("again");
    EXPECT_EQ(ana.hears(), "again");
}

TEST(TestingFaults, a_slow_client_loses_the_oldest_where_the_policy_says_so) {
    auto host = TestHost::of<Talker>({.backlog_bytes = 3'000, .backlog_policy = TestBacklog::drop_oldest});
    auto ana = host.connect();
    ana.stops_reading();

    ana.says("flood 3");
    ana.says("late");
    ana.reads_again();

    const auto heard = ana.heard();
    ASSERT_FALSE(heard.empty());
    EXPECT_EQ(heard.back(), "late");
    EXPECT_LE(heard.size(), 3u);
}

TEST(TestingFaults, a_full_backlog_is_told_to_the_sender) {
    auto host = TestHost::of<Talker>({.backlog_policy = TestBacklog::drop_newest});
    auto ana = host.connect();

    ana.fill_backlog();
    ana.says("flood 1");
    EXPECT_TRUE(host.logged("flooded 0"));
    ana.reads_again();
    ana.says("flood 1");

    EXPECT_TRUE(host.logged("flooded 1"));
}

TEST(TestingFaults, a_locked_database_fails_with_the_engines_sentence_and_works_again) {
    auto host = TestHost::of<Talker>();
    auto ana = host.connect();
    {
        const auto lock = host.lock_database();
        ana.says("keep me");
        EXPECT_EQ(ana.waiting(), 0u);
        EXPECT_TRUE(host.logged("locked by another connection for 50 ms"));
        EXPECT_TRUE(ana.is_connected()) << "the global service has failed, not the client";
    }

    ana.says("keep me");

    EXPECT_EQ(ana.hears(), "kept 1");
}

TEST(TestingFaults, a_crash_costs_the_culprit_1011_others_1012_and_all_globals) {
    auto host = TestHost::of<Talker>();
    auto ana = host.connect(), ben = host.connect();
    ana.says("keep this");
    host.crash(TestEvent::message, 2);

    ben.says("count");
    ana.says("count");

    EXPECT_EQ(ben.hears(), "1");
    EXPECT_EQ(ana.hears(), "kept 1");
    EXPECT_EQ(ana.hears(), "<nothing>");
    EXPECT_EQ(ana.closed()->code, 1011);
    EXPECT_EQ(ben.closed(), (TestClosed{1012, "restart", Cause::redeploy}));
    EXPECT_EQ(host.crashes(), 1u);
    EXPECT_EQ(host.count(TestEvent::disconnection), 0u);
    EXPECT_EQ(host.count(TestEvent::load), 2u);
    EXPECT_EQ(host.sql("select text from said"), "this") << "what was committed stays";

    auto cleo = host.connect();
    cleo.says("keep that");
    EXPECT_EQ(cleo.hears(), "kept 1") << "globals are fresh";
}

TEST(TestingFaults, a_crash_of_the_global_service_has_no_culprit) {
    auto host = TestHost::of<Talker>();
    auto ana = host.connect();
    host.crash(TestEvent::global_service);

    host.advance("20 s");

    EXPECT_EQ(ana.closed()->code, 1012);
    EXPECT_EQ(host.count(TestEvent::global_service), 2u) << "the first one of each start";
}

TEST(TestingFaults, an_event_beyond_its_limit_ends_the_process) {
    auto host = TestHost::of<Talker>();
    auto ana = host.connect(), ben = host.connect();
    host.takes(TestEvent::message, 31s);

    ana.says("count");

    EXPECT_EQ(ana.closed()->code, 1011);
    EXPECT_EQ(ben.closed()->code, 1012);
    EXPECT_EQ(host.crashes(), 1u);
}

TEST(TestingFaults, a_connection_event_beyond_its_limit_is_answered_503) {
    auto host = TestHost::of<Talker>();
    host.takes(TestEvent::connection, 11s);

    auto ana = host.connect();

    EXPECT_EQ(ana.status(), 503u);
    EXPECT_EQ(ana.refusal(), "the project did not answer in time");
    EXPECT_EQ(host.count(TestEvent::disconnection), 1u) << "the project had accepted it";
    auto ben = host.connect();
    EXPECT_EQ(ben.status(), 101u);
}

}  // namespace berth::test
