// SPDX-License-Identifier: MIT
// One table of verbs, one of keys: help, manual pages and completions have all of both.
#include <gmock/gmock.h>

#include <sstream>

#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/manual.hpp"
#include "cli/roff.hpp"
#include "config/keys.hpp"

namespace berth::host::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The part of a page from one heading to the next of its kind.
std::string part_of(const std::string& page, const std::string& heading, const std::string& next) {
    const auto begin = page.find(heading);
    if (begin == std::string::npos) return "";
    const auto end = page.find(next, begin + heading.size());
    return page.substr(begin, end == std::string::npos ? end : end - begin);
}

/// A verb's part of berth(1).
std::string section_of(const Verb& verb) {
    const std::string page = program_manual();
    const std::string heading = ".SS " + roff_bold("berth " + std::string(verb.name)) + " ";
    const std::string to_verb = part_of(page, heading, "\n.SS ");
    return to_verb.substr(0, to_verb.find("\n.SH "));
}

TEST(Documents, the_help_of_a_verb_has_every_option_and_argument_of_it) {
    for (const Verb* verb : shown_verbs()) {
        const std::string help = help_of(*verb);
        for (const Option& option : shown_options(*verb)) {
            EXPECT_THAT(help, HasSubstr("--" + std::string(option.name))) << verb->name;
            EXPECT_THAT(help, HasSubstr(std::string(option.help))) << verb->name;
        }
        for (const Positional& positional : verb->positionals)
            EXPECT_THAT(help, HasSubstr(std::string(positional.help))) << verb->name;
        EXPECT_THAT(overview(), HasSubstr(std::string(verb->summary)));
    }
}

TEST(Documents, the_manual_page_has_every_verb_with_every_option_argument_and_example) {
    const std::string page = program_manual();
    for (const Verb* verb : shown_verbs()) {
        const std::string section = section_of(*verb);
        EXPECT_THAT(section, HasSubstr(roff(verb->summary))) << verb->name;
        for (const Option& option : verb->options) {
            EXPECT_THAT(section, HasSubstr(roff_bold("--" + std::string(option.name)))) << verb->name;
            EXPECT_THAT(section, HasSubstr(roff(option.help))) << verb->name;
        }
        for (const Positional& positional : verb->positionals)
            EXPECT_THAT(section, HasSubstr(roff(positional.help))) << verb->name;
        for (const Example& example : verb->examples)
            EXPECT_THAT(section, HasSubstr(roff(example.line))) << verb->name;
    }
    for (const Option& option : common_options(*find_verb("status")))
        EXPECT_THAT(page, HasSubstr(roff_bold("--" + std::string(option.name))));
    for (const auto& [code, meaning] : exit_code_meanings()) EXPECT_THAT(page, HasSubstr(roff(meaning))) << code;
    for (const auto& [name, meaning] : environment_meanings()) EXPECT_THAT(page, HasSubstr(roff(meaning))) << name;
}

TEST(Documents, the_manual_page_of_the_configuration_has_every_key_in_its_tables_words) {
    const std::string page = configuration_manual();
    for (const config::Key& key : config::keys()) {
        EXPECT_THAT(page, HasSubstr(".TP\n" + roff_bold(key.name) + "\n" + roff(key.documentation))) << key.full_name();
        for (const auto choice : key.choices()) EXPECT_THAT(page, HasSubstr(roff(choice))) << key.full_name();
    }
    EXPECT_THAT(page, HasSubstr("from 1 B to 16 MiB; default \\(dq64 KiB\\(dq.")) << "limits.message";
    EXPECT_THAT(page, HasSubstr("One of \\(dqprocess\\(dq, \\(dqnone\\(dq; default \\(dqprocess\\(dq."));
}

TEST(Documents, completions_have_every_verb_and_every_option) {
    for (const Verb* verb : shown_verbs()) {
        const std::string name(verb->name);
        const std::string bash = part_of(bash_completion(), "        " + name + ") echo '--", "\n");
        const std::string zsh = part_of(zsh_completion(), "        (" + name + ")\n", ";;");
        const std::string fish = fish_completion();
        for (const Option& option : shown_options(*verb)) {
            const std::string flag = "--" + std::string(option.name);
            EXPECT_THAT(bash + " ", testing::ContainsRegex(flag + "[ ']")) << name;
            EXPECT_THAT(zsh, testing::ContainsRegex(flag + "(=)?\\[")) << name;
            EXPECT_THAT(fish, HasSubstr("'__berth_verb_is " + name + "' -l " + std::string(option.name) + " ")) << name;
        }
    }
}

TEST(Documents, hidden_verbs_and_options_are_nowhere) {
    for (const auto& page : {overview(), program_manual(), bash_completion(), zsh_completion(), fish_completion()}) {
        EXPECT_THAT(page, Not(HasSubstr("__worker")));
        EXPECT_THAT(page, Not(HasSubstr("__probe")));
    }
}

TEST(Documents, roff_keeps_what_it_would_take_for_its_own) {
    EXPECT_EQ(roff("a-b \\ \"c\" 'd' `e`"), "a\\-b \\e \\(dqc\\(dq \\(aqd\\(aq \\(gae\\(ga");
    EXPECT_EQ(roff(".so x\n'y\nz."), "\\&.so x\n\\&\\(aqy\nz.");
    EXPECT_EQ(roff("…ü"), "\\[u2026]\\[u00FC]");
    EXPECT_EQ(roff_paragraphs("one\n  two\n\nthree"), ".PP\none\n.PP\n.RS 4\n.nf\ntwo\n.fi\n.RE\n.PP\n.PP\nthree\n");
}

}  // namespace
}  // namespace berth::host::cli
