// SPDX-License-Identifier: MIT
// A project that survives its process, tested by its author.
#include <berth/berth.hpp>
#include <berth/testing.hpp>
#include <gtest/gtest.h>

namespace {

using berth::TestEvent;

enum class Mood : std::uint8_t { calm, angry };

/// Remembers everything that can be remembered.
class Keeper final : public berth::Project {
public:
    using Project::Project;

    void connection(const berth::Client& client, berth::Admission&) override { name_ = client.query; }
    void message(berth::ClientId from, berth::Message message) override {
        said_.emplace_back(message.bytes);
        mood_ = Mood::angry;
        last_ = from;
        if (message.bytes == "average") average_ = 0.5;
        send(from, name_ + " " + std::to_string(said_.size()) + (mood_ == Mood::angry ? " angry" : "") +
                       (average_ ? " with an average" : "") + (last_ == self() ? "" : " lost"));
    }
    void disconnection(berth::ClientId, const berth::Close& close) override {
        log(name_ + " went with " + std::to_string(close.code) + " after " + std::to_string(said_.size()));
    }
    void resumed(berth::ClientId client, const berth::Resumption& resumption) override {
        if (resumption.was_interrupted) return log(name_ + " was interrupted");
        send(client, resumption.has_state ? "welcome back" : "who are you?");
    }

private:
    std::string name_;
    std::vector<std::string> said_;
    std::optional<double> average_;
    Mood mood_ = Mood::calm;
    berth::ClientId last_{};

public:
    using resumes = berth::Resumes<&Keeper::name_, &Keeper::said_, &Keeper::average_, &Keeper::mood_, &Keeper::last_>;
};

/// Remembers nothing, and loses nobody.
class Forgetful final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.stateless = true};

    void message(berth::ClientId from, berth::Message) override { send(from, std::to_string(++count_)); }

private:
    int count_ = 0;
};

}  // namespace

TEST(TestingResume, everybody_but_the_culprit_of_a_crash_goes_on_with_what_was_saved) {
    auto host = berth::TestHost::of<Keeper>();
    auto ana = host.connect("/keeper?ana"), ben = host.connect("/keeper?ben");
    ana.says("average");
    EXPECT_EQ(ana.hears(), "ana 1 angry with an average");
    ben.says("hi");
    EXPECT_EQ(ben.hears(), "ben 1 angry");

    host.crash(TestEvent::message);
    ben.says("boom");

    EXPECT_EQ(ben.closed()->code, 1011);
    EXPECT_TRUE(host.logged("ben went with 1011 after 1"));
    EXPECT_FALSE(ana.closed());
    EXPECT_EQ(ana.hears(), "welcome back");
    ana.says("again");
    EXPECT_EQ(ana.hears(), "ana 2 angry with an average");
    EXPECT_EQ(host.crashes(), 1u);
}

TEST(TestingResume, what_had_not_been_handled_is_handled_after_a_crash) {
    auto host = berth::TestHost::of<Keeper>();
    auto ana = host.connect("/keeper?ana"), ben = host.connect("/keeper?ben");
    host.crash(TestEvent::message);
    {
        const auto held = host.hold();
        ben.says("boom");
        ana.says("one");
        ana.says("two");
    }

    EXPECT_EQ(ana.hears(), "welcome back");
    EXPECT_EQ(ana.hears(), "ana 1 angry");
    EXPECT_EQ(ana.hears(), "ana 2 angry");
}

TEST(TestingResume, a_stateless_project_goes_on_with_fresh_globals) {
    auto host = berth::TestHost::of<Forgetful>();
    auto ana = host.connect(), ben = host.connect();
    ana.says("one");
    ana.says("two");
    EXPECT_EQ(ana.hears(), "1");
    EXPECT_EQ(ana.hears(), "2");

    host.crash(TestEvent::message);
    ben.says("boom");

    EXPECT_FALSE(ana.closed());
    ana.says("three");
    EXPECT_EQ(ana.hears(), "1");
}

TEST(Resumes, a_state_of_another_list_of_members_is_not_read) {
    struct One {
        std::string a;
        int b = 0;
        using first = berth::Resumes<&One::a>;
        using second = berth::Resumes<&One::a, &One::b>;
    };
    One from, to;
    from.a = "text";
    from.b = 7;

    EXPECT_TRUE(One::second::load(to, One::second::save(from)));
    EXPECT_EQ(to.b, 7);
    EXPECT_FALSE(One::second::load(to, One::first::save(from)));
    EXPECT_FALSE(One::first::load(to, One::second::save(from)));
    const std::string state = One::second::save(from);
    for (std::size_t size = 0; size < state.size(); ++size) EXPECT_FALSE(One::second::load(to, state.substr(0, size))) << size;
}
