// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <sstream>

#include "cli/cli.hpp"
#include "cli/help.hpp"

namespace berth::host::cli {
namespace {

using testing::HasSubstr;

Command understood(const std::vector<std::string>& words) {
    auto command = parse(words);
    if (!command) {
        ADD_FAILURE() << command.error().text;
        std::abort();
    }
    return *command;
}

/// The first line of what is said to a command line that is not understood.
std::string complaint(const std::vector<std::string>& words) {
    const auto command = parse(words);
    if (command) return "understood";
    EXPECT_EQ(command.error().exit_code, 2);
    return command.error().text.substr(0, command.error().text.find('\n'));
}

TEST(CommandLine, takes_options_before_and_behind_the_verb_and_in_both_spellings) {
    const auto before = understood({"--socket", "/x.sock", "--json", "clients", "--project=chat"});
    const auto behind = understood({"clients", "--project", "chat", "--json", "--socket=/x.sock"});

    for (const auto& command : {before, behind}) {
        EXPECT_EQ(command.verb->name, "clients");
        EXPECT_EQ(command.arguments.text("socket"), "/x.sock");
        EXPECT_EQ(command.arguments.text("project"), "chat");
        EXPECT_TRUE(command.arguments.has("json"));
        EXPECT_FALSE(command.arguments.has("quiet"));
    }
}

TEST(CommandLine, deals_words_to_positionals_untouched) {
    const auto execute = understood({"execute", "7", "add", "text:[a,b]", "--json", "text:{}", "text:"});
    EXPECT_EQ(execute.arguments.text("TARGET"), "7");
    EXPECT_EQ(execute.arguments.texts("ARGUMENT"),
              (std::vector<std::string>{"text:[a,b]", "text:{}", "text:"}));

    const auto dashes = understood({"send", "--", "7", "--json"});
    EXPECT_EQ(dashes.arguments.texts("WORDS"), (std::vector<std::string>{"7", "--json"}));
    EXPECT_FALSE(dashes.arguments.has("json"));

    const auto odd = understood({"disconnect", "7", "--reason", "[bye, bye]", "--code", "4001"});
    EXPECT_EQ(odd.arguments.text("reason"), "[bye, bye]");
    EXPECT_EQ(odd.arguments.count("code"), 4001u);
    EXPECT_EQ(understood({"disconnect", "7", "--reason", ""}).arguments.text("reason"), "");
    EXPECT_EQ(understood({"disconnect", "7", "--reason={}"}).arguments.text("reason"), "{}");
}

TEST(CommandLine, keeps_every_value_of_a_repeatable_option) {
    const auto serve =
        understood({"serve", "--set", "host.state=/a", "--set", "listen=[1,2]", "--config", "b.toml"});

    EXPECT_EQ(serve.arguments.texts("set"), (std::vector<std::string>{"host.state=/a", "listen=[1,2]"}));
}

TEST(CommandLine, suggests_what_was_meant) {
    EXPECT_EQ(complaint({"statos"}), "berth: unknown verb \"statos\"; did you mean berth status?");
    EXPECT_EQ(complaint({"client"}), "berth: unknown verb \"client\"; did you mean berth clients?");
    EXPECT_EQ(complaint({"xyzzy"}), "berth: unknown verb \"xyzzy\"");
    EXPECT_EQ(complaint({"__gatewy"}), "berth: unknown verb \"__gatewy\"");
    EXPECT_EQ(complaint({"clients", "--projekt", "chat"}),
              "berth: clients: unknown option --projekt; did you mean --project?");
    EXPECT_EQ(complaint({"clients", "--idel=5m"}),
              "berth: clients: unknown option --idel; did you mean --idle?");
}

TEST(CommandLine, says_what_is_missing_wrong_or_too_much) {
    EXPECT_EQ(complaint({"block"}), "berth: block: NAME is missing: berth block NAME [options]");
    EXPECT_EQ(complaint({"open", "a", "b"}), "berth: open: \"b\" is too much: berth open [NAME] [options]");
    EXPECT_EQ(complaint({"clients", "board"}),
              "berth: clients: \"board\" is no client's id; `berth clients` lists them; those of a project: "
              "`berth clients --project board`");
    EXPECT_EQ(complaint({"disconnect", "board"}),
              "berth: disconnect: \"board\" is no client's id; `berth clients` lists them");
    EXPECT_EQ(complaint({"clients", "--limit", "many"}),
              "berth: clients: --limit: \"many\" is no whole number");
    EXPECT_EQ(complaint({"clients", "--limit=-1"}), "berth: clients: --limit: \"-1\" is no whole number");
    EXPECT_EQ(complaint({"clients", "--idle", "5 parsecs"}),
              "berth: clients: --idle: \"5 parsecs\" is no duration: at character 3: unknown unit: use d, h, min, s or ms");
    EXPECT_EQ(complaint({"logs", "--level", "loud"}),
              "berth: logs: --level: \"loud\" is no level; use debug, info, warning or error");
    EXPECT_EQ(complaint({"clients", "--project"}), "berth: clients: --project needs a value");
    EXPECT_EQ(complaint({"clients", "--project", "a", "--project", "b"}),
              "berth: clients: --project is given twice");
    EXPECT_EQ(complaint({"--json"}), "berth: which verb? --json alone does nothing");
}

TEST(CommandLine, explains_itself) {
    const auto asked = parse(std::vector<std::string>{"--help"});
    ASSERT_FALSE(asked.has_value());
    EXPECT_EQ(asked.error().exit_code, 0);
    EXPECT_EQ(asked.error().text, overview());

    const auto nothing = parse(std::vector<std::string>{});
    ASSERT_FALSE(nothing.has_value());
    EXPECT_EQ(nothing.error().exit_code, 2);

    for (const auto& words : std::vector<std::vector<std::string>>{
             {"clients", "--help"}, {"clients", "-h"}, {"help", "clients"}, {"--help", "clients"}}) {
        const auto help = parse(words);
        ASSERT_FALSE(help.has_value());
        EXPECT_EQ(help.error().exit_code, 0);
        EXPECT_EQ(help.error().text, help_of(*find_verb("clients")));
    }
    EXPECT_EQ(understood({"--version"}).verb->name, "version");
}

TEST(Help, names_every_verb_option_and_argument_and_no_hidden_one) {
    for (const auto& verb : all_verbs()) {
        if (verb.group.empty()) {
            EXPECT_THAT(overview(), testing::Not(HasSubstr(std::string(verb.name))));
            continue;
        }
        EXPECT_THAT(overview(), HasSubstr("\n  " + std::string(verb.name) + " "));
        const std::string help = help_of(verb);
        for (const auto& option : verb.options) EXPECT_THAT(help, HasSubstr("--" + std::string(option.name)));
        for (const auto& positional : verb.positionals)
            EXPECT_THAT(help, HasSubstr(std::string(positional.name)));
        EXPECT_EQ(help.find("--socket") != std::string::npos, verb.uses_host) << verb.name;
        for (const auto& example : verb.examples) {
            EXPECT_TRUE(example.line.starts_with("berth " + std::string(verb.name))) << example.line;
        }
    }
}

TEST(Help, fits_into_a_hundred_and_ten_columns) {
    for (const auto& verb : all_verbs()) {
        std::istringstream lines(help_of(verb));
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 110u) << line;
    }
}

}  // namespace
}  // namespace berth::host::cli
