// SPDX-License-Identifier: MIT
/// Manual pages read by man, completions loaded by bash, zsh and fish, and the names that they ask the host for.
#include "cli/completion.hpp"
#include "integration/host/suite.hpp"
#include "support/pseudo_terminal.hpp"

namespace berth::test {

using host::cli::shown_options;
using host::cli::shown_verbs;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

class Shells : public testing::Test {
protected:
    Shells() {
        for (const auto* shell : {"bash", "zsh", "fish"}) write(shell, {"__completion", shell});
        std::filesystem::create_directory(directory_ / "functions");
        std::filesystem::rename(directory_ / "zsh", directory_ / "functions/_berth");
        std::filesystem::create_directory(directory_ / "bin");
        std::filesystem::create_symlink(berth_executable(), directory_ / "bin/berth");
    }
    void write(const std::string& name, std::vector<std::string> words) const {
        words.insert(words.begin(), berth_executable().string());
        words.push_back(directory_ / name);
        const auto made = run(words);
        EXPECT_EQ(made.exit_code, 0) << made.err;
    }
    /// A person's environment without their own settings.
    [[nodiscard]] Environment environment(const std::string& socket = "/nowhere/control.sock") const {
        return {{"HOME", directory_.path().string()}, {"XDG_CONFIG_HOME", directory_.path().string()},
                {"XDG_DATA_HOME", directory_.path().string()}, {"PATH", (directory_ / "bin").string() + ":/usr/bin:/bin"},
                {"BERTH_SOCKET", socket}, {"TERM", "xterm"}, {"LC_ALL", "C.UTF-8"}, {"NO_COLOR", "1"}};
    }
    static std::vector<std::string> lines_of(const std::string& text) {
        std::istringstream in{text};
        std::vector<std::string> lines;
        // Fish puts a description behind a tab.
        for (std::string line; std::getline(in, line);) lines.push_back(line.substr(0, line.find('\t')));
        return lines;
    }
    /// What bash offers for the last of the words.
    [[nodiscard]] std::vector<std::string> bash(const std::vector<std::string>& words, const std::string& socket = "") const {
        std::string script = "source '" + (directory_ / "bash").string() + "'; COMP_WORDS=(";
        for (const auto& word : words) script += "'" + word + "' ";
        script += "); COMP_CWORD=" + std::to_string(words.size() - 1) + "; _berth berth; printf '%s\\n' \"${COMPREPLY[@]}\"";
        const auto result = run({"bash", "--norc", "--noprofile", "-c", script}, environment(socket));
        EXPECT_EQ(result.err, "") << script;
        return lines_of(result.out);
    }
    [[nodiscard]] std::vector<std::string> fish(const std::string& line, const std::string& socket = "") const {
        const auto result = run({"fish", "--no-config", "-c",
                                 "source '" + (directory_ / "fish").string() + "'; complete -C '" + line + "'"},
                                environment(socket));
        EXPECT_EQ(result.err, "") << line;
        return lines_of(result.out);
    }

    TempDir directory_{"berth-shells"};
};

TEST_F(Shells, man_reads_both_pages_without_a_warning) {
    for (const auto& [page, words] : std::vector<std::pair<std::string, std::vector<std::string>>>{
             {"berth.1", {"berth stop [NAME] [options]", "--retry-after TIME", "EXIT STATUS", "berth.toml(5)"}},
             {"berth.toml.5", {"connections_per_address", "TABLES [project.NAME]", "default \"64 KiB\"", "berth(1)"}}}) {
        write(page, {"__manual", page});
        auto variables = environment();
        variables.insert(variables.end(), {{"MANWIDTH", "100"}, {"MANPAGER", "cat"}, {"MAN_KEEP_FORMATTING", ""}});
        const auto read = run({"man", "--warnings", "-l", directory_ / page}, variables);
        EXPECT_EQ(read.exit_code, 0);
        EXPECT_EQ(read.err, "") << page;
        for (const auto& word : words) EXPECT_THAT(read.out, HasSubstr(word)) << page;
    }
}

TEST_F(Shells, bash_offers_verbs_options_and_files) {
    EXPECT_THAT(bash({"berth", ""}), IsSupersetOf({"serve", "stop", "top", "help"}));
    EXPECT_THAT(bash({"berth", "sta"}), UnorderedElementsAre("status", "start"));
    EXPECT_THAT(bash({"berth", "--socket", "/x", "clients", "--w"}), UnorderedElementsAre("--watch"));
    EXPECT_THAT(bash({"berth", "logs", "--level", "w"}), UnorderedElementsAre("warning"));
    EXPECT_THAT(bash({"berth", "logs", "--level", "=", "w"}), UnorderedElementsAre("warning"));
    EXPECT_THAT(bash({"berth", "serve", "--set", "host.log.fo"}), UnorderedElementsAre("host.log.format="));
    EXPECT_THAT(bash({"berth", "add", (directory_ / "fi").string()}), UnorderedElementsAre((directory_ / "fish").string()));
    for (const auto* verb : shown_verbs()) {
        std::vector<std::string> wanted;
        for (const auto& option : shown_options(*verb)) wanted.push_back("--" + std::string(option.name));
        EXPECT_THAT(bash({"berth", std::string(verb->name), "--"}), testing::UnorderedElementsAreArray(wanted)) << verb->name;
    }
}

TEST_F(Shells, fish_offers_verbs_options_and_files) {
    EXPECT_THAT(fish("berth "), IsSupersetOf({"serve", "stop", "top", "help"}));
    EXPECT_THAT(fish("berth sta"), UnorderedElementsAre("status", "start"));
    EXPECT_THAT(fish("berth --socket /x clients --w"), UnorderedElementsAre("--watch"));
    EXPECT_THAT(fish("berth logs --level w"), UnorderedElementsAre("warning"));
    EXPECT_THAT(fish("berth serve --set host.log.fo"), UnorderedElementsAre("host.log.format="));
    EXPECT_THAT(fish("berth add " + (directory_ / "fi").string()), UnorderedElementsAre((directory_ / "fish").string()));
    EXPECT_THAT(fish("berth stop clients --w"), testing::IsEmpty()) << "clients is a project there";
    for (const auto* verb : shown_verbs()) {
        std::vector<std::string> wanted;
        for (const auto& option : shown_options(*verb)) wanted.push_back("--" + std::string(option.name));
        std::vector<std::string> offered;
        for (auto& word : fish("berth " + std::string(verb->name) + " --")) offered.push_back(word.substr(0, word.find('=')));
        EXPECT_THAT(offered, IsSupersetOf(wanted)) << verb->name;
    }
}

TEST_F(Shells, names_are_asked_of_the_host_and_are_none_without_one) {
    HostOptions options;
    options.projects = {fixture_project("witness"), shipped_project("echo")};
    TestHost host{options};
    auto ana = host.connect("/witness");
    const auto id = ask(ana, "id");
    const auto socket = host.control_socket().string();

    EXPECT_THAT(bash({"berth", "stop", ""}, socket), UnorderedElementsAre("echo", "witness"));
    EXPECT_THAT(bash({"berth", "clients", "--project", "wi"}, socket), UnorderedElementsAre("witness"));
    EXPECT_THAT(bash({"berth", "clients", "--project", "=", "wi"}, socket), UnorderedElementsAre("witness"));
    EXPECT_THAT(bash({"berth", "disconnect", ""}, socket), UnorderedElementsAre(id));
    EXPECT_THAT(bash({"berth", "execute", "witness", ""}, socket), UnorderedElementsAre("note", "all_types", "wait", "fail"));
    EXPECT_THAT(bash({"berth", "execute", id, "no"}, socket), UnorderedElementsAre("note"));
    EXPECT_THAT(bash({"berth", "--socket", socket, "block", "e"}), UnorderedElementsAre("echo"));
    EXPECT_THAT(fish("berth stop ", socket), UnorderedElementsAre("echo", "witness"));
    EXPECT_THAT(fish("berth execute witness no", socket), UnorderedElementsAre("note"));
    EXPECT_THAT(fish("berth --socket " + socket + " block e"), UnorderedElementsAre("echo"));
    EXPECT_THAT(bash({"berth", "stop", ""}), UnorderedElementsAre("")) << "silent, and no word";
    EXPECT_THAT(fish("berth stop "), testing::IsEmpty());
    const auto asked = run({berth_executable(), "__complete", "projects"}, environment());
    EXPECT_EQ(asked.exit_code, 0);
    EXPECT_EQ(asked.out + asked.err, "");
}

TEST_F(Shells, bash_completes_what_is_typed) {
    HostOptions options;
    options.projects = {fixture_project("witness")};
    TestHost host{options};
    PseudoTerminal shell{{"bash", "--norc", "--noprofile", "-i"}, environment(host.control_socket().string())};
    shell.types("source '" + (directory_ / "bash").string() + "'; echo lo''aded\n");
    ASSERT_TRUE(shell.shows("loaded\r\n")) << shell.seen();
    shell.types("berth stop wit\t");
    EXPECT_TRUE(shell.shows("berth stop witness")) << shell.seen();
    shell.types("\x15" "berth cli\t--wat\t");
    EXPECT_TRUE(shell.shows("berth clients --watch")) << shell.seen();
}

TEST_F(Shells, zsh_completes_what_is_typed) {
    HostOptions options;
    options.projects = {fixture_project("witness")};
    TestHost host{options};
    PseudoTerminal shell{{"zsh", "-f", "-i"}, environment(host.control_socket().string()), {.columns = 200, .lines = 60}};
    shell.types("fpath=('" + (directory_ / "functions").string() +
                "' $fpath); autoload -Uz compinit; compinit -u -D; PS1='> '; echo lo''aded\n");
    ASSERT_TRUE(shell.shows("loaded\r\n", Deadline{std::chrono::seconds{20}})) << shell.seen();
    shell.types("berth stop wit\t");
    EXPECT_TRUE(shell.shows("ness")) << shell.seen();
    shell.types("\x15" "berth clients --wat\t");
    EXPECT_TRUE(shell.shows("ch")) << shell.seen();
    shell.types("\x15" "berth execute witness al\t");
    EXPECT_TRUE(shell.shows("l_types")) << shell.seen();
    shell.types("\x15" "berth logs --level wa\t");
    EXPECT_TRUE(shell.shows("rning")) << shell.seen();
    shell.types("\x15" "berth serve --set host.log.fo\t");
    EXPECT_TRUE(shell.shows("rmat=")) << shell.seen();
    shell.types("\x15" "berth \t");
    EXPECT_TRUE(shell.shows("version")) << shell.seen();
    for (const auto* verb : shown_verbs()) EXPECT_THAT(shell.seen(), HasSubstr(std::string(verb->name)));
}

}  // namespace berth::test
