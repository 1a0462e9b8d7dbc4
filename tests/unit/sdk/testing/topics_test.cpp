// SPDX-License-Identifier: MIT
// Topics, tested by an author.
#include <berth/berth.hpp>
#include <berth/testing.hpp>
#include <gtest/gtest.h>

namespace {

/// "TOPIC" subscribes, "TOPIC TEXT" publishes to the others, "-TOPIC" unsubscribes, "?TOPIC" counts.
class Room final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.stateless = true};

    void message(berth::ClientId from, berth::Message message) override {
        const std::string_view text = message.bytes;
        const auto blank = text.find(' ');
        if (blank != std::string_view::npos) {
            topics().publish(text.substr(0, blank), text.substr(blank + 1), from);
        } else if (text.starts_with('-')) {
            topics().unsubscribe(from, text.substr(1));
        } else if (text.starts_with('?')) {
            send(from, std::to_string(topics().count(text.substr(1))));
        } else {
            topics().subscribe(from, text);
        }
    }
};

}  // namespace

TEST(TestingTopics, are_heard_by_those_who_have_subscribed) {
    auto host = berth::TestHost::of<Room>();
    auto ana = host.connect(), ben = host.connect(), cem = host.connect();
    ana.says("tea");
    ben.says("tea");
    cem.says("cocoa");

    ana.says("tea is ready");
    ben.says("-tea");
    ana.says("tea is cold");
    ana.says("?tea");

    EXPECT_EQ(ben.hears(), "is ready");
    EXPECT_EQ(ben.waiting(), 0u);
    EXPECT_EQ(cem.waiting(), 0u);
    EXPECT_EQ(ana.hears(), "1");
    ana.leaves();
    cem.says("?tea");
    EXPECT_EQ(cem.hears(), "0");
}

TEST(TestingTopics, stay_with_clients_that_a_crash_does_not_cut) {
    auto host = berth::TestHost::of<Room>();
    auto ana = host.connect(), ben = host.connect(), cem = host.connect();
    ana.says("tea");
    host.crash(berth::TestEvent::message);
    cem.says("boom");

    ben.says("tea is ready");
    ben.says("?tea");

    EXPECT_EQ(ana.hears(), "is ready");
    EXPECT_EQ(ben.hears(), "1");
}

TEST(TestingTopics, fill_the_backlog_of_who_does_not_read) {
    auto host = berth::TestHost::of<Room>({.backlog_bytes = 100});
    auto ana = host.connect(), ben = host.connect();
    ana.says("tea");
    ana.stops_reading();

    for (int i = 0; i < 10; ++i) ben.says("tea twenty bytes or so");

    EXPECT_EQ(ana.closed()->code, 1013);
}
