// SPDX-License-Identifier: MIT
// Real processes: how they are started, what they inherit, what is heard of them and of their end.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>

#include "base/event_loop.hpp"
#include "supervisor/background.hpp"
#include "supervisor/child_process.hpp"
#include "support/deadline.hpp"
#include "supervisor/watched_channel.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using nlohmann::json;

class Processes : public ::testing::Test {
protected:
    /// Runs a script as a child: /bin/sh -c SCRIPT.
    std::unique_ptr<Child> start(const std::string& script, Child::Handlers handlers = {}) {
        if (!handlers.exited) handlers.exited = [this](const ExitStatus& status) { exits.push_back(in_words(status)); };
        // argv[0] is "berth" for every child; sh does not mind.
        auto child = children.start({.process = "worker", .arguments = {"-c", script}, .project = "chat", .generation = 3},
                                    std::move(handlers));
        EXPECT_TRUE(child.has_value()) << child.error().message;
        return child ? std::move(*child) : nullptr;
    }
    bool until(const std::function<bool()>& condition) {
        const test::Deadline deadline = test::Deadline::usual();
        while (!condition()) {
            if (deadline.passed()) return false;
            loop->run_once(Milliseconds{deadline.left_ms()});
        }
        return true;
    }
    bool until_exit() {
        return until([this] { return !exits.empty(); });
    }
    std::vector<std::string> messages() const {
        std::vector<std::string> list;
        for (const auto& line : lines) list.push_back(line.message);
        return list;
    }

    std::unique_ptr<EventLoop> loop = std::move(*EventLoop::create());
    std::vector<log::Record> lines;
    std::vector<std::string> exits;
    ProcessChildren children{*loop, [this](log::Record line) { lines.push_back(std::move(line)); }, {.program = "/bin/sh"}};
};

TEST_F(Processes, say_how_they_ended) {
    for (const auto& [script, words] : std::vector<std::pair<std::string, std::string>>{
             {"exit 0", "exited with code 0"},
             {"exit 3", "exited with code 3"},
             {"kill -SEGV $$", "ended by SIGSEGV (segmentation fault)"},
             {"kill -KILL $$", "ended by SIGKILL (killed)"}}) {
        exits.clear();
        const auto child = start(script);

        ASSERT_TRUE(until_exit());
        EXPECT_THAT(exits.front(), HasSubstr(words));
    }
}

TEST_F(Processes, are_heard_on_all_three_pipes_before_their_end_is_told) {
    std::vector<std::string> at_exit;
    const auto child = start(R"(echo out; echo err >&2; echo '{"t":1,"l":"error","m":"record"}' >&4; printf rest)",
                             {.message = {}, .exited = [&](const ExitStatus&) { at_exit = messages(); exits.emplace_back(); },
                              .output = {}, .errors = {}});

    ASSERT_TRUE(until_exit());

    EXPECT_THAT(at_exit, ::testing::UnorderedElementsAre("out", "err", "record", "rest"));
    for (const auto& line : lines) {
        EXPECT_EQ(line.process, "worker");
        EXPECT_EQ(line.project, "chat");
        EXPECT_EQ(line.generation, 3u);
    }
}

TEST_F(Processes, inherit_nothing_but_their_five_descriptors) {
    // One without close-on-exec, as a careless library would open it.
    const UniqueFd careless(::open("/dev/null", O_RDONLY));
    const auto child = start("ls /proc/self/fd | tr '\\n' ' '");

    ASSERT_TRUE(until_exit());

    // 5 is the directory that ls itself has open.
    EXPECT_THAT(messages(), ElementsAre("0 1 2 3 4 5 "));
}

TEST_F(Processes, take_what_they_started_along) {
    const auto child = start("sleep 1000 & echo $!; exec >&-; exit 0");
    ASSERT_TRUE(until_exit());
    ASSERT_EQ(lines.size(), 1u);
    const pid_t grandchild = std::stoi(lines[0].message);

    EXPECT_TRUE(test::eventually([&] { return !test::is_alive(grandchild); }));
}

TEST_F(Processes, start_with_no_signal_blocked_or_ignored) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    ::signal(SIGPIPE, SIG_IGN);
    const auto child = start("grep -E '^Sig(Blk|Ign)' /proc/$$/status | grep -v 0000000000000000 || echo none");
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::signal(SIGPIPE, SIG_DFL);

    ASSERT_TRUE(until_exit());

    EXPECT_THAT(messages(), ElementsAre("none"));
}

TEST_F(Processes, are_ended_with_their_owner) {
    auto child = start("exec sleep 1000");
    const pid_t pid = child->pid();
    ASSERT_TRUE(test::is_alive(pid));

    child.reset();

    EXPECT_FALSE(test::is_alive(pid));
    EXPECT_TRUE(exits.empty());
}

TEST_F(Processes, that_close_their_channel_and_go_on_are_ended) {
    const auto child = start("exec 3>&-; exec sleep 1000");

    ASSERT_TRUE(until_exit());

    EXPECT_EQ(exits.front(), "closed its control channel and went on, ended by SIGKILL (killed)");
}

TEST_F(Processes, that_speak_nonsense_are_ended) {
    const auto child = start("printf 'nonsense nonsense' >&3; exec sleep 1000");

    ASSERT_TRUE(until_exit());

    EXPECT_EQ(exits.front(), "sent nonsense on a control channel, ended by SIGKILL (killed)");
}

TEST_F(Processes, that_flood_their_channel_are_ended) {
    const test::TempDir directory{"berth-flood"};
    std::string flood;
    for (std::size_t i = 0; i < 20 * WatchedChannel::messages_per_second_max; ++i)
        flood.append("\2\0\0\0\0\0\0\0{}", 10);
    test::write_file(directory / "flood", flood);
    const auto child = start("cat " + (directory / "flood").string() + " >&3; exec sleep 1000");

    ASSERT_TRUE(until_exit());

    EXPECT_EQ(exits.front(), "sent a flood on a control channel, ended by SIGKILL (killed)");
}

TEST_F(Processes, that_send_descriptors_are_ended) {
    const auto child = start("exec python3 -c 'import socket, time\n"
                             "s = socket.socket(fileno=3)\n"
                             "socket.send_fds(s, [b\"\\2\\0\\0\\0\\0\\0\\0\\0{}\"], [0])\n"
                             "time.sleep(1000)'");

    ASSERT_TRUE(until_exit());

    EXPECT_EQ(exits.front(), "sent nonsense on a control channel, ended by SIGKILL (killed)");
}

TEST_F(Processes, that_are_not_there_are_an_error_at_once) {
    ProcessChildren none{*loop, [](const log::Record&) {}, {.program = "/nowhere/berth"}};

    const auto child = none.start({.process = "worker", .arguments = {"__worker"}}, {});

    ASSERT_FALSE(child.has_value());
    EXPECT_EQ(child.error().message, "start worker: execute /nowhere/berth: No such file or directory");
}

TEST_F(Processes, do_not_block_the_loop_when_they_print_without_end) {
    const auto child = start("exec yes");
    ASSERT_TRUE(until([this] { return lines.size() > 1000; }));
    bool fired = false;
    Timer timer{*loop};
    timer.set(1ms, [&] { fired = true; });

    EXPECT_TRUE(until([&] { return fired; }));
}

TEST(BackgroundThread, runs_work_in_order_elsewhere_and_answers_here) {
    const auto loop = std::move(*EventLoop::create());
    BackgroundThread background{*loop};
    std::vector<int> order;
    std::thread::id worked_on;
    for (int i = 0; i < 3; ++i) {
        background.run([&] { worked_on = std::this_thread::get_id(); },
                       [&, i] {
                           order.push_back(i);
                           if (i == 2) loop->stop();
                       });
    }

    loop->run();

    EXPECT_THAT(order, ElementsAre(0, 1, 2));
    EXPECT_NE(worked_on, std::this_thread::get_id());
}

}  // namespace
}  // namespace berth::host::supervisor
