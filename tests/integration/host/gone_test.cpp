// SPDX-License-Identifier: MIT
/// What the verbs say when there is no host.
#include "cli/verb.hpp"
#include "integration/host/suite.hpp"

namespace berth::test {

using host::cli::Completes;
using host::cli::Positional;
using host::cli::Verb;
using testing::HasSubstr;

namespace {

/// A line that the verb takes, with what it cannot do without.
std::vector<std::string> line_of(const Verb& verb, const TempDir& directory) {
    std::vector<std::string> words{berth_executable(), std::string{verb.name}, "--socket", directory / "nobody.sock"};
    for (const Positional& positional : verb.positionals) {
        // Those that take any number want some where there is nothing else: clients, and what is said to them.
        if (positional.number == Positional::Number::any && verb.positionals.size() == 1) {
            words.insert(words.end(), {"1", "1"});
        } else if (positional.number == Positional::Number::one) {
            words.push_back(positional.completes == Completes::file ? fixture_project("greeter_1").string() : "some");
        }
    }
    return words;
}

}  // namespace

TEST(HostGone, every_verb_that_needs_a_host_is_exit_code_69) {
    const TempDir directory;
    std::size_t asked = 0;
    for (const Verb& verb : host::cli::all_verbs()) {
        if (!verb.uses_host || verb.group.empty()) continue;
        const auto result = run(line_of(verb, directory));
        EXPECT_EQ(result.exit_code, 69) << verb.name << ": " << result.out << result.err;
        EXPECT_THAT(result.err, HasSubstr("nobody.sock")) << verb.name;
        ++asked;
    }
    EXPECT_GT(asked, 10u);
}

}  // namespace berth::test
