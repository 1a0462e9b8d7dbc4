// SPDX-License-Identifier: MIT
// What a test of a project says and sees.
#include "unit/sdk/testing/talker.hpp"

namespace berth::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

TestHost talker(TestOptions options = {}) {
    return TestHost::of<Talker>(std::move(options));
}

std::vector<TestEvent> events_of(const TestHost& host) {
    std::vector<TestEvent> events;
    for (const auto& run : host.runs()) events.push_back(run.event);
    return events;
}

}  // namespace

TEST(TestingHost, runs_a_project_from_load_to_unload_in_order) {
    std::vector<TestEvent> events;
    {
        auto host = talker();
        auto ana = host.connect();
        ana.says("hi");
        host.stop();
        events = events_of(host);
        EXPECT_EQ(ana.closed(), (TestClosed{1001, "the server stops", Cause::stop}));
    }

    EXPECT_THAT(events, ElementsAre(TestEvent::load, TestEvent::create, TestEvent::global_service,
                                    TestEvent::create, TestEvent::connection, TestEvent::message,
                                    TestEvent::disconnection, TestEvent::destroy, TestEvent::stop,
                                    TestEvent::destroy, TestEvent::unload));
}

TEST(TestingHost, gives_each_client_its_own_globals) {
    auto host = talker();
    auto ana = host.connect(), ben = host.connect();

    ana.says("count");
    ana.says("count");
    ben.says("count");

    EXPECT_THAT(ana.heard(), ElementsAre("1", "2"));
    EXPECT_THAT(ben.heard(), ElementsAre("1"));
}

TEST(TestingHost, what_a_handler_asks_for_leaves_when_it_returns_and_in_order) {
    auto host = talker();
    auto ana = host.connect(), ben = host.connect();

    ana.says("all hello");

    EXPECT_THAT(ana.heard(), ElementsAre("asked", "heard hello as 1", "told 7 0", "told 7 0"));
    EXPECT_THAT(ben.heard(), ElementsAre("heard hello as 1"));
    const auto heard = host.executed("hear");
    ASSERT_EQ(heard.size(), 2u);
    EXPECT_EQ(heard[0].client, ana.id());
    EXPECT_THAT(heard[0].arguments, ElementsAre(TestValue("hello")));
}

TEST(TestingHost, carries_buffers_and_the_requests_facts) {
    auto host = talker({.settings = {{"greets", true}}});
    TestRequest request;
    request.target = "/talker?room=a%20b";
    request.headers = {{"X-Token", "secret"}};
    request.subprotocols = {"talk.v2", "talk.v1"};
    auto ana = host.connect(request);
    EXPECT_EQ(ana.status(), 101u);
    EXPECT_EQ(ana.subprotocol(), "talk.v1");
    EXPECT_EQ(ana.hears(), "welcome");

    ana.says(buffer(std::string("\0\1", 2)));
    EXPECT_EQ(ana.next(), (TestMessage{false, std::string("\0\1", 2)}));
    ana.says("query room");
    EXPECT_EQ(ana.hears(), "a b");
    ana.says("header x-token");
    EXPECT_EQ(ana.hears(), "secret");
}

TEST(TestingHost, refuses_as_the_project_says_and_raises_no_disconnection) {
    auto host = talker();

    auto ana = host.connect("/talker/closed"), ben = host.connect("/talker/broken");

    EXPECT_EQ(ana.status(), 403u);
    EXPECT_EQ(ana.refusal(), "not in here");
    EXPECT_EQ(ben.status(), 500u);
    EXPECT_FALSE(ana.is_connected());
    EXPECT_EQ(host.count(TestEvent::disconnection), 0u);
    EXPECT_THAT(host.clients(), IsEmpty());
}

TEST(TestingHost, a_failing_handler_costs_that_client_1011_and_is_logged) {
    auto host = talker();
    auto ana = host.connect(), ben = host.connect();

    ana.says("fail this is it");

    EXPECT_EQ(ana.hears(), "before");
    EXPECT_EQ(ana.closed()->code, 1011);
    EXPECT_EQ(ana.closed()->cause, Cause::error);
    EXPECT_TRUE(ben.is_connected());
    ASSERT_EQ(host.failures().size(), 1u);
    EXPECT_EQ(host.failures()[0].error, "this is it");
    EXPECT_TRUE(host.logged("this is it"));
}

TEST(TestingHost, tells_code_reason_and_cause_of_every_end) {
    auto host = talker();
    auto ana = host.connect(), ben = host.connect(), cleo = host.connect(), dora = host.connect();

    ana.leaves(4000, "bye");
    ben.vanishes();
    cleo.says("leave enough");
    host.disconnect(dora, 1008, "rules");

    EXPECT_EQ(ana.closed(), (TestClosed{4000, "bye", Cause::client}));
    EXPECT_EQ(ben.closed(), (TestClosed{1006, "reset", Cause::network}));
    EXPECT_EQ(cleo.closed(), (TestClosed{4001, "enough", Cause::project}));
    EXPECT_EQ(dora.closed(), (TestClosed{1008, "rules", Cause::administrator}));
    EXPECT_TRUE(host.logged("gone 4001 enough"));
    EXPECT_EQ(host.count(TestEvent::disconnection), 4u);
    EXPECT_FALSE(ana.says("too late"));
}

TEST(TestingHost, holds_clients_to_the_limits_of_the_protocol) {
    auto host = talker({.message_bytes = 10});
    auto ana = host.connect(), ben = host.connect();

    ana.says("12345678901");
    ben.says("\xFF");

    EXPECT_EQ(ana.closed()->code, 1009);
    EXPECT_EQ(ben.closed()->code, 1007);
    EXPECT_EQ(host.count(TestEvent::message), 0u);
}

TEST(TestingHost, executes_for_an_administrator_what_is_for_administrators) {
    auto host = talker();
    auto ana = host.connect();

    EXPECT_TRUE(host.execute_global("shout", {"all aboard"}).is_ok());
    EXPECT_EQ(ana.hears(), "all aboard");
    EXPECT_THAT(host.execute_global("keep", {ana.id(), "x"}).sentence, HasSubstr("not for administrators"));
    EXPECT_EQ(host.execute_global("shout", {1}).status, Status::invalid);
    EXPECT_EQ(host.execute(ClientId{99}, "shout", {"x"}).status, Status::gone);
}

TEST(TestingHost, has_a_real_database_that_lives_as_long_as_its_directory) {
    const auto directory = std::filesystem::path(::testing::TempDir()) / "berth-testing-host";
    std::filesystem::remove_all(directory);
    for (int i = 1; i <= 2; ++i) {
        auto host = talker({.directory = directory});
        auto ana = host.connect();
        ana.says("keep a line");
        EXPECT_EQ(ana.hears(), "kept 1") << "globals are fresh";
        EXPECT_EQ(host.sql("select count(*) from said"), std::to_string(i));
    }
    std::filesystem::remove_all(directory);

    auto host = talker();
    EXPECT_EQ(host.sql("select text from said"), std::nullopt);
    const auto temporary = host.data_directory();
    EXPECT_TRUE(std::filesystem::exists(temporary / "data.sqlite"));
}

TEST(TestingHost, rolls_an_open_transaction_back_and_says_so) {
    auto host = talker();
    auto ana = host.connect();

    ana.says("open");

    EXPECT_EQ(host.sql("select count(*) from said"), "0");
    EXPECT_TRUE(host.logged("a transaction was still open"));
}

TEST(TestingHost, says_in_the_hosts_words_what_cannot_be_loaded) {
    const std::string zoo = BERTH_FIXTURE_PROJECTS;
    const auto refusal = [](const std::string& file) -> std::string {
        try {
            TestHost host{std::filesystem::path(file)};
        } catch (const berth::Error& error) {
            return error.what();
        }
        return "it was loaded";
    };

    EXPECT_EQ(refusal(zoo + "/gone.so"), "project gone: gone.so: No such file or directory");
    EXPECT_THAT(refusal(zoo + "/wrong-later_minor.so"), HasSubstr("update the host"));
    EXPECT_THAT(refusal(zoo + "/wrong-failing_load.so"), HasSubstr("load: "));
}

TEST(TestingHost, loads_a_built_library_too) {
    TestHost host{std::filesystem::path(BERTH_FIXTURE_PROJECTS) / "witness.so"};
    auto ana = host.connect();

    ana.says("echo hello");

    EXPECT_EQ(ana.hears(), "hello");
}

TEST(TestingHost, several_at_once_know_nothing_of_each_other) {
    auto one = talker(), two = talker();
    auto ana = one.connect(), ben = two.connect();

    one.advance("60 s");
    ben.says("fail only here");

    EXPECT_EQ(ana.waiting(), 3u);
    EXPECT_EQ(ben.heard(), std::vector<std::string>{"before"});
    EXPECT_FALSE(one.logged("only here"));
    EXPECT_TRUE(two.logged("only here"));
}

TEST(TestingHost, prints_what_fails_and_what_the_host_refuses_with_the_events_name) {
    const auto printed = [](bool is_wanted) {
        ::testing::internal::CaptureStderr();
        {
            auto host = talker({.settings = {{"tick_fails", true}}, .prints_failures = is_wanted});
            auto ana = host.connect();
            const std::string id = std::to_string(static_cast<std::uint64_t>(ana.id()));
            ana.says("fail this is it");
            EXPECT_EQ(host.connect({.target = "/talker/broken"}).status(), 500);
            auto ben = host.connect();
            ben.says("leave_with 1005");
            if (is_wanted) {
                EXPECT_THAT(::testing::internal::GetCapturedStderr(),
                            ::testing::AllOf(HasSubstr("berth: talker: global_service failed: no tick today\n"),
                                             HasSubstr("berth: talker: message of client " + id + " failed: this is it\n"),
                                             HasSubstr(" failed: no connection today\n"),
                                             HasSubstr("berth: talker: disconnect was refused in message: close code 1005 ")));
                ::testing::internal::CaptureStderr();
            }
        }
        return ::testing::internal::GetCapturedStderr();
    };

    static_cast<void>(printed(true));
    EXPECT_THAT(printed(false), IsEmpty());
}

}  // namespace berth::test
