// SPDX-License-Identifier: MIT
/// A crash is told with the stack of the thread that crashed, as it noted it itself.
#include <sstream>

#include "integration/host/suite.hpp"

namespace berth::test {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

namespace {

class CrashStacks : public testing::Test {
protected:
    CrashStacks() : host_(options()) {}

    static HostOptions options() {
        HostOptions options;
        options.projects = {fixture_project("stateless_1")};
        options.environment = {{"BERTH_CHAOS", "no-restart-delay"}};
        return options;
    }

    /// The line of the log that tells of it.
    std::string told(std::string_view words) const {
        EXPECT_TRUE(host_.logs(words));
        std::istringstream lines{host_.log()};
        for (std::string line; std::getline(lines, line);) {
            if (line.find(words) != std::string::npos) return line;
        }
        return {};
    }

    TestHost host_;
};

class CrashStacksOf : public CrashStacks, public testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Faults, CrashStacksOf, testing::Values("segv", "abort", "fpe", "overflow"),
                         [](const auto& fault) { return fault.param; });

}  // namespace

TEST_P(CrashStacksOf, are_told_with_project_client_and_event) {
    auto ana = host_.connect("/stateless_1");
    auto ben = host_.connect("/stateless_1");

    ana.says(GetParam());

    EXPECT_EQ(ana.closed().code, 1011);
    const std::string line = told("event killed its worker");
    EXPECT_THAT(line, AllOf(HasSubstr("project=stateless_1"), ContainsRegex("client=[0-9]+"), HasSubstr("event=message"),
                            ContainsRegex("stack=.*(die_of|recurse)\\(?.*\\(stateless_1\\.so\\)")));
    EXPECT_EQ(line.find("mark_and_die"), std::string::npos) << "what notes it is nobody's business";
    EXPECT_THAT(told("worker died"), HasSubstr("stack="));
    EXPECT_EQ(ask(ben, "1"), "1 of 1") << "the others go on";
}

TEST_F(CrashStacks, that_are_corrupt_leave_their_culprit_known_and_hang_nothing) {
    auto ana = host_.connect("/stateless_1");
    auto ben = host_.connect("/stateless_1");

    ana.says("smash");

    EXPECT_EQ(ana.closed().code, 1011);
    EXPECT_THAT(told("event killed its worker"), AllOf(HasSubstr("event=message"), ContainsRegex("stack=.*smash.*\\(stateless_1\\.so\\)")));
    EXPECT_EQ(ask(ben, "1"), "1 of 1");
}

}  // namespace berth::test
