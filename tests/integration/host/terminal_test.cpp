// SPDX-License-Identifier: MIT
/// How the command line behaves on a real terminal: width, colour, questions, progress, pictures in place.
#include <thread>

#include "integration/host/suite.hpp"
#include "support/pseudo_terminal.hpp"

namespace berth::test {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class OnATerminal : public testing::Test {
protected:
    static HostOptions options() {
        HostOptions options;
        options.projects = {fixture_project("witness"), shipped_project("echo")};
        options.limits = {"backlog = \"64 MiB\""};
        options.more = "[project.witness]\ninterval = \"1 h\"\n";
        return options;
    }
    [[nodiscard]] std::vector<std::string> command(std::vector<std::string> words) const {
        words.insert(words.begin(), berth_executable().string());
        words.insert(words.end(), {"--socket", host_.control_socket().string()});
        return words;
    }
    static Environment capable() { return {{"TERM", "xterm"}, {"NO_COLOR", ""}}; }
    /// All that a verb shows on a terminal of that kind until it ends.
    [[nodiscard]] std::string shown(const std::vector<std::string>& words, const Environment& environment,
                                    PseudoTerminal::Size size = {}) const {
        PseudoTerminal terminal{command(words), environment, size};
        EXPECT_EQ(terminal.ends(), 0) << terminal.seen();
        return terminal.seen();
    }
    /// Columns of the widest line.
    static std::size_t width_of(const std::string& text) {
        std::size_t widest = 0, width = 0;
        for (const char c : text) {
            if (c == '\n') width = 0;
            if (c >= ' ' || (static_cast<unsigned char>(c) & 0xC0u) == 0xC0u) ++width;
            widest = std::max(widest, width);
        }
        return widest;
    }

    TestHost host_{options()};
};

TEST_F(OnATerminal, tables_fit_whatever_its_width) {
    const Environment plain{{"TERM", "xterm"}, {"NO_COLOR", "1"}};
    auto ana = host_.connect("/witness/a/path/that/is/longer/than/any/terminal/would/like/it/to/be/for/a/table/of/clients");
    ask(ana, "id");
    for (const unsigned short columns : std::initializer_list<unsigned short>{200, 80, 40}) {
        EXPECT_LE(width_of(shown({"projects"}, plain, {.columns = columns})), columns);
        const auto clients = shown({"clients", "--quiet"}, plain, {.columns = columns});
        EXPECT_LE(width_of(clients), columns);
        EXPECT_THAT(clients, AllOf(HasSubstr("CLIENT"), HasSubstr("PROJECT")));
    }
}

TEST_F(OnATerminal, tables_fit_with_the_longest_names) {
    const Environment plain{{"TERM", "xterm"}, {"NO_COLOR", "1"}};
    const std::string name(64, 'n');
    TestHost host;
    host.install(fixture_project("witness"), name + ".so");
    ASSERT_TRUE(host.project_is(name, "open"));
    auto ana = host.connect("/" + name);
    for (const unsigned short columns : std::initializer_list<unsigned short>{80, 40}) {
        for (const auto& words : std::vector<std::vector<std::string>>{{"projects"}, {"clients", "--quiet"}, {"top", "--once", "--quiet"}}) {
            std::vector<std::string> command{berth_executable().string()};
            command.insert(command.end(), words.begin(), words.end());
            command.insert(command.end(), {"--socket", host.control_socket().string()});
            PseudoTerminal terminal{command, plain, {.columns = columns}};
            EXPECT_EQ(terminal.ends(), 0) << terminal.seen();
            EXPECT_LE(width_of(terminal.seen()), columns) << terminal.seen();
        }
    }
}

TEST_F(OnATerminal, pictures_follow_the_size_of_the_window) {
    for (const auto& words : std::vector<std::vector<std::string>>{{"top", "--every", "100 ms"}, {"clients", "--watch", "--every", "100 ms"}}) {
        auto ana = host_.connect("/echo");
        PseudoTerminal terminal{command(words), capable(), {.columns = 60, .lines = 24}};
        ASSERT_TRUE(terminal.shows("echo")) << terminal.seen();
        EXPECT_THAT(terminal.seen(), Not(HasSubstr("BACKLOG")));

        terminal.resize({.columns = 200, .lines = 24});

        EXPECT_TRUE(terminal.shows("BACKLOG")) << words[0] << terminal.seen();
    }
}

TEST_F(OnATerminal, colour_is_for_terminals_that_want_it) {
    EXPECT_THAT(shown({"projects"}, capable()), HasSubstr("\x1b[1m"));
    EXPECT_THAT(shown({"projects"}, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}), Not(HasSubstr("\x1b")));
    EXPECT_THAT(shown({"projects"}, {{"TERM", "dumb"}, {"NO_COLOR", ""}}), Not(HasSubstr("\x1b")));
    EXPECT_THAT(shown({"projects", "--json"}, capable()), AllOf(HasSubstr("\n  \"projects\""), Not(HasSubstr("\x1b"))));
    EXPECT_THAT(host_.cli({"projects"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(OnATerminal, acts_on_several_clients_ask) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    ask(ana, "id");
    ask(ben, "id");
    {
        PseudoTerminal terminal{command({"stop", "witness"}), capable()};
        ASSERT_TRUE(terminal.shows("disconnect 2 clients? [y/N]")) << terminal.seen();
        terminal.types("n\n");
        EXPECT_EQ(terminal.ends(), 2);
    }
    EXPECT_EQ(ask(ana, "echo still here"), "still here");
    PseudoTerminal terminal{command({"stop", "witness"}), capable()};
    ASSERT_TRUE(terminal.shows("[y/N]"));
    terminal.types("y\n");
    EXPECT_EQ(terminal.ends(), 0) << terminal.seen();
    EXPECT_EQ(ana.closed().code, 1001u);
}

TEST_F(OnATerminal, what_takes_longer_than_a_second_says_so) {
    PseudoTerminal terminal{command({"execute", "witness", "wait", "int:2000"}), capable()};
    EXPECT_TRUE(terminal.shows("waiting for wait, 1 s")) << terminal.seen();
    EXPECT_TRUE(terminal.shows("\r\x1b[K")) << "and is taken back";
    EXPECT_EQ(terminal.ends(), 0);
    EXPECT_THAT(shown({"execute", "witness", "wait", "int:1500", "--quiet"}, capable()), Not(HasSubstr("waiting")));
    EXPECT_THAT(shown({"execute", "witness", "wait", "int:1500"}, {{"TERM", "dumb"}}), Not(HasSubstr("waiting")));
}

TEST_F(OnATerminal, the_doctor_says_how_far_a_trial_is) {
    PseudoTerminal terminal{{berth_executable().string(), "doctor", "--run", "--limit", "2 s", "--message", "one",
                             fixture_project("wrong-always_slow_message").string()},
                            capable()};
    EXPECT_TRUE(terminal.shows("trying out wrong-always_slow_message.so: a client's message, ")) << terminal.seen();
    EXPECT_EQ(terminal.ends(Deadline{std::chrono::seconds{60}}), 0) << terminal.seen();
}

TEST_F(OnATerminal, a_check_says_how_far_it_is) {
    // So many that no machine looks at all of them within the second after which it is told; the rest is not waited for.
    const TempDir directory("berth-check");
    std::filesystem::copy_file(shipped_project("chat"), directory / "chat.so");
    for (int i = 0; i < 10'000; ++i) std::filesystem::create_hard_link(directory / "chat.so", directory / ("chat" + std::to_string(i) + ".so"));
    PseudoTerminal terminal{{berth_executable().string(), "check", "--set", "host.plugins=" + directory.path().string(), "--set",
                             "host.state=" + directory.path().string()},
                            capable()};
    EXPECT_TRUE(terminal.shows("berth: looking at library ")) << terminal.seen();
    terminal.types("\x03");
    EXPECT_TRUE(terminal.ends()) << terminal.seen();
}

TEST_F(OnATerminal, clients_can_be_watched_until_interrupted) {
    PseudoTerminal terminal{command({"clients", "--watch", "--every", "100 ms"}), capable()};
    ASSERT_TRUE(terminal.shows("\x1b[H0 clients")) << terminal.seen();
    auto ana = host_.connect("/echo");
    EXPECT_TRUE(terminal.shows("\x1b[H1 client")) << terminal.seen();
    EXPECT_TRUE(terminal.shows("echo"));
    ana.closes();
    EXPECT_TRUE(terminal.shows("\x1b[H0 clients")) << terminal.seen();
    terminal.types("\x03");
    EXPECT_EQ(terminal.ends(), 130);
}

TEST_F(OnATerminal, more_clients_than_lines_are_cut) {
    std::vector<WsClient> clients;
    for (int i = 0; i < 20; ++i) clients.emplace_back(host_.ws(), "/echo");
    PseudoTerminal terminal{command({"clients", "--watch", "--every", "100 ms"}), capable(), {.columns = 80, .lines = 10}};
    EXPECT_TRUE(terminal.shows("20 clients")) << terminal.seen();
    EXPECT_TRUE(terminal.shows("… and ")) << terminal.seen();
}

TEST_F(OnATerminal, top_shows_the_projects_until_interrupted) {
    PseudoTerminal terminal{command({"top", "--every", "100 ms"}), capable(), {.columns = 160, .lines = 24}};
    ASSERT_TRUE(terminal.shows("EVENTS/S")) << terminal.seen();
    ASSERT_TRUE(terminal.shows("witness")) << terminal.seen();
    EXPECT_TRUE(terminal.shows("\x1b[H")) << "again, in its place";
    terminal.types("\x03");
    EXPECT_EQ(terminal.ends(), 130);
}

TEST_F(OnATerminal, top_once_gives_scripts_rates_from_two_samples) {
    auto ana = host_.connect("/echo");
    std::atomic<bool> is_over{false};
    std::thread talker{[&] {
        while (!is_over) ask(ana, "hi");
    }};
    const auto result = host_.cli({"top", "--once", "--json"});
    is_over = true;
    talker.join();

    ASSERT_EQ(result.exit_code, 0) << result.err;
    const auto echo = json::parse(result.out).at("projects").at(0);
    EXPECT_EQ(echo.at("name"), "echo");
    EXPECT_EQ(echo.at("clients"), 1);
    EXPECT_GT(echo.at("messages_in_per_s"), 0);
    EXPECT_GT(echo.at("messages_out_per_s"), 0);
    EXPECT_GT(echo.at("events_per_s"), 0);
    EXPECT_TRUE(echo.at("event_ms").is_number());
    EXPECT_EQ(host_.cli({"top", "--every", "10 ms"}).exit_code, 2);
}

TEST_F(OnATerminal, a_backlog_has_a_figure) {
    RawClient::Options deaf;
    deaf.receive_buffer = 4096;
    WsClient slow{host_.ws(), "/witness", {}, deaf};
    const auto id = ask(slow, "id");
    auto fast = host_.connect("/witness");
    fast.says("flood " + id + " 4000 4000");

    EXPECT_TRUE(eventually([&] {
        const auto projects = host_.ask("stats").at("projects");
        return projects.at(1).at("name") == "witness" && projects.at(1).at("backlog_bytes").get<std::uint64_t>() > 0;
    }));
}

TEST_F(OnATerminal, a_message_as_long_as_a_configuration_allows_fits_the_control_socket) {
    auto ana = host_.connect("/echo");
    const auto id = host_.ask("clients").at("clients").at(0).at("id").get<std::string>();
    write_file(host_.directory() / "large", std::string(600'000, 'x'));

    const auto sent = host_.cli({"send", id, "--buffer", (host_.directory() / "large").string()});

    EXPECT_EQ(sent.exit_code, 0) << sent.err;
    const auto message = ana.next();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->payload.size(), 600'000u);
}

}  // namespace berth::test
