// SPDX-License-Identifier: MIT
/// The watchdog's warning: an event that takes long is told once, with the stack of its thread, while it goes on.
#include <fstream>
#include <sstream>
#include <tuple>

#include "integration/host/suite.hpp"

namespace berth::test {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

class SlowEvents : public BothIsolations {
protected:
    /// The lines of the log that tell of a slow event.
    static std::vector<std::string> told(const TestHost& host) {
        std::istringstream lines{host.log()};
        std::vector<std::string> found;
        for (std::string line; std::getline(lines, line);) {
            if (line.find("event takes long") != std::string::npos) found.push_back(line);
        }
        return found;
    }
    HostOptions options(const std::string& limit = "300ms") const {
        auto options = with({fixture_project("witness")}, "[project.witness]\ninterval = \"1 h\"\n");
        options.limits = {"slow_event = \"" + limit + "\"", "handler = \"10 min\""};
        return options;
    }
    /// Waits until so many have been told; answers their lines.
    static std::vector<std::string> wait_for(const TestHost& host, std::size_t count) {
        std::vector<std::string> lines;
        EXPECT_TRUE(eventually([&] { return (lines = told(host)).size() >= count; }, Deadline{std::chrono::seconds{60}}));
        lines.resize(count);
        return lines;
    }
    /// What waits for that file ends when it is put there.
    static std::string file(const TestHost& host, const char* name) { return (host.directory() / name).string(); }
    static void put(const TestHost& host, const char* name) { std::ofstream{file(host, name)}; }
};
BERTH_BOTH_ISOLATIONS(SlowEvents);

TEST_P(SlowEvents, that_loop_are_told_once_with_project_client_event_and_stack) {
    TestHost host{options()};
    auto ana = host.connect("/witness");
    const auto id = ask(ana, "id");
    ana.says("spin_until " + file(host, "over"));

    const auto line = wait_for(host, 1).front();

    EXPECT_THAT(line, AllOf(HasSubstr("project=witness"), HasSubstr("event=message"), HasSubstr("client=" + id), HasSubstr("number=2"),
                            ContainsRegex("ran_ms=([3-9][0-9][0-9]|[0-9]{4,}) ")));
#if !defined(BERTH_SANITIZED)  // A sanitizer that hands signals over when its own code is called never does in a loop.
    EXPECT_THAT(line, ContainsRegex("(spin_until|obey|message).*\\(witness\\.so\\)"));
#endif
    EXPECT_EQ(line.find("berth::host::"), std::string::npos) << "what the host does around it is nobody's business";
    put(host, "over");
    EXPECT_EQ(ana.hears(), "spun") << "it is only told";
    EXPECT_EQ(told(host).size(), 1u);
}

TEST_P(SlowEvents, that_sleep_are_told_with_where_they_sleep_and_sleep_on) {
    TestHost host{options()};
    auto ana = host.connect("/witness");
    ana.says("sleep_until " + file(host, "over"));

    const auto line = wait_for(host, 1).front();

    EXPECT_THAT(line, ContainsRegex("nanosleep.* < .*(sleep_until|obey|message).*\\(witness\\.so\\)"));
    put(host, "over");
    EXPECT_EQ(ana.hears(), "slept");
    EXPECT_EQ(ask(ana, "sleep 20"), "slept") << "the signal leaves nothing behind";
    EXPECT_EQ(told(host).size(), 1u);
}

TEST_P(SlowEvents, of_several_clients_are_each_told) {
    TestHost host{options()};
    auto ana = host.connect("/witness"), ben = host.connect("/witness");
    ana.says("sleep_until " + file(host, "first"));
    ben.says("spin_until " + file(host, "first"));
    std::ignore = wait_for(host, 2);
    put(host, "first");
    EXPECT_EQ(ana.hears(), "slept");
    EXPECT_EQ(ben.hears(), "spun");

    ana.says("sleep_until " + file(host, "second"));

    std::ignore = wait_for(host, 3);
    put(host, "second");
    EXPECT_EQ(ana.hears(), "slept");
}

TEST_P(SlowEvents, are_not_told_when_that_is_not_wanted) {
    TestHost host{options("0")};
    auto ana = host.connect("/witness");
    EXPECT_EQ(ask(ana, "sleep 1500"), "slept");
    EXPECT_EQ(told(host).size(), 0u);
}

}  // namespace berth::test
