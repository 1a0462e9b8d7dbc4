// SPDX-License-Identifier: MIT
// Many threads, many connections, and children of the process.
#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <set>
#include <string_view>
#include <thread>

#include "integration/client/calls.hpp"
#include "integration/client/scripted_server.hpp"

namespace {

/// Runs once, on the next thread of the client library that is about to close a stream.
std::atomic<void (*)(int fd)> about_to_close = nullptr;

}  // namespace

// The library's calls come here, since a program's symbols go before those of the C library.
extern "C" int shutdown(int fd, int how) noexcept {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    if (name.data() == std::string_view{"berth-client"}) {
        if (const auto act = about_to_close.exchange(nullptr)) act(fd);
    }
    using Shutdown = int (*)(int, int);
    static const auto original = reinterpret_cast<Shutdown>(dlsym(RTLD_NEXT, "shutdown"));
    return original(fd, how);
}

namespace {

using namespace berth::test;

void echo(Peer& peer, int) {
    peer.accept();
    for (;;) {
        const Frame frame = peer.frame();
        peer.send(frame);
        if (frame.opcode == opcode::close) return;
    }
}

std::set<int> descriptors() {
    std::set<int> open;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        open.insert(std::stoi(entry.path().filename()));
    return open;
}

/// What a child made by fork says: its exit code.
template <class Body>
int in_a_child(Body body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

TEST(ClientThreads, write_read_ask_and_close_one_connection_at_once) {
    ScriptedServer server{echo};
    const Attempt attempt = connect_url(server.url());
    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    const Connection& connection = attempt.connection;
    constexpr int writers = 4, each = 50;
    std::atomic<int> heard = 0;

    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w) {
        threads.emplace_back([&, w] {
            for (int i = 0; i < each; ++i)
                EXPECT_EQ(write_text(connection, std::to_string(w) + " " + std::to_string(i)),
                          BERTH_CLIENT_OK);
        });
    }
    for (int r = 0; r < 2; ++r) {
        threads.emplace_back([&] {
            while (read(connection).starts_with("text ")) ++heard;
        });
    }
    threads.emplace_back([&] {
        while (heard < writers * each && berth_client_exists(connection.get()) == 1) {
            berth_client_unsent_bytes(connection.get());
            std::this_thread::yield();
        }
        EXPECT_EQ(heard, writers * each);
        EXPECT_EQ(berth_client_close(connection.get(), 1000, "done"), BERTH_CLIENT_OK);
    });
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(shown(wait_end(connection)), "1000 done clean");
}

TEST(ClientThreads, keep_the_order_of_each_writer) {
    ScriptedServer server{echo};
    const Attempt attempt = connect_url(server.url());
    std::vector<std::thread> writers;
    for (int w = 0; w < 3; ++w) {
        writers.emplace_back([&, w] {
            for (int i = 0; i < 100; ++i)
                write_text(attempt.connection, std::string{static_cast<char>('a' + w)} + std::to_string(i));
        });
    }
    std::array<int, 3> next{};
    for (int i = 0; i < 300; ++i) {
        const std::string heard = read(attempt.connection);
        ASSERT_TRUE(heard.starts_with("text ")) << heard;
        EXPECT_EQ(std::stoi(heard.substr(6)), next[static_cast<std::size_t>(heard[5] - 'a')]++);
    }
    for (std::thread& writer : writers) writer.join();
}

TEST(ClientThreads, serve_many_connections_and_leave_nothing_behind) {
    const std::set<int> before = descriptors();
    {
        ScriptedServer server{[](Peer& peer, int) {
            peer.accept();
            peer.send(peer.frame());
            peer.close(1000);
            peer.part();
        }};
        std::vector<std::thread> users;
        std::atomic<int> good = 0;
        for (int i = 0; i < 20; ++i) {
            users.emplace_back([&, i] {
                const Attempt attempt = connect_url(server.url());
                if (!attempt.connection) return;
                write_text(attempt.connection, std::to_string(i));
                if (read(attempt.connection) == "text " + std::to_string(i)) ++good;
            });
        }
        for (std::thread& user : users) user.join();
        EXPECT_EQ(good, 20);
    }
    EXPECT_EQ(descriptors(), before);
}

TEST(ClientThreads, release_while_messages_pour_in) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        const std::string frame = encode(Frame{opcode::text, "more"}, {.masked = false});
        while (peer.offer(frame)) {
        }
    }};
    berth_client_options options = default_client_options();
    options.close_timeout_ms = 50;
    Recorder recorder;
    Connection connection = open_url(server.url(), recorder, options);
    ASSERT_TRUE(recorder.hears("text more", 10));

    connection.reset();

    const std::vector<std::string> lines = recorder.lines();
    EXPECT_TRUE(lines.back().starts_with("closing ")) << lines.back();
}

TEST(ClientThreads, get_no_signals_of_the_program) {
    ScriptedServer server{echo};
    Recorder recorder{[](const std::string& line, berth_client_connection*) {
        if (line != "opening") return;
        sigset_t blocked;
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        EXPECT_EQ(sigismember(&blocked, SIGINT), 1);
        EXPECT_EQ(sigismember(&blocked, SIGCHLD), 1);
    }};
    const Connection connection = open_url(server.url(), recorder);
    EXPECT_TRUE(recorder.hears("opening"));

    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGINT), 0) << "the caller's own are as before";
}

TEST(ClientFork, leaves_no_descriptor_to_a_program_that_is_executed) {
    const std::set<int> before = descriptors();
    ScriptedServer server{echo};
    const Attempt attempt = connect_url(server.url());
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    for (const int fd : descriptors()) {
        if (before.contains(fd)) continue;
        const int flags = fcntl(fd, F_GETFD);
        EXPECT_TRUE(flags < 0 || (flags & FD_CLOEXEC) != 0) << fd;
    }
}

TEST(ClientFork, says_in_a_child_that_the_connection_is_the_parents) {
    ScriptedServer server{echo};
    Attempt attempt = connect_url(server.url());
    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    berth_client_connection* c = attempt.connection.get();

    const int code = in_a_child([&] {
        berth_client_message message{};
        berth_client_end end{};
        if (berth_client_write_text(c, "x", 1, BERTH_CLIENT_FOREVER) != BERTH_CLIENT_FORKED) return 1;
        if (berth_client_read(c, &message, BERTH_CLIENT_FOREVER) != BERTH_CLIENT_FORKED) return 2;
        if (berth_client_wait(c, &end, BERTH_CLIENT_FOREVER) != BERTH_CLIENT_FORKED) return 3;
        if (berth_client_close(c, 1000, "") != BERTH_CLIENT_FORKED) return 4;
        if (berth_client_exists(c) != 0) return 5;
        berth_client_release(c);
        return 0;
    });

    EXPECT_EQ(code, 0);
    EXPECT_EQ(write_text(attempt.connection, "still here"), BERTH_CLIENT_OK) << "the parent's goes on";
    EXPECT_EQ(read(attempt.connection), "text still here");
}

TEST(ClientFork, leaves_a_number_alone_that_is_about_to_be_given_to_somebody_else) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.part_when_asked();
    }};
    Attempt attempt = connect_url(server.url());
    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    static std::atomic<berth_client_connection*> connection;
    static std::atomic<int> code;
    connection = attempt.connection.get();
    code = -1;
    about_to_close = [](int fd) {
        // In a moment `fd` may be another file: the child must not close it by then, so it must not now.
        code = in_a_child([fd] {
            berth_client_release(connection);
            return fcntl(fd, F_GETFD) >= 0 ? 0 : 1;
        });
    };

    attempt.connection.reset();

    EXPECT_EQ(code, 0);
}

TEST(ClientFork, ends_the_parents_connection_although_a_child_lives_on) {
    std::atomic<bool> ended = false;
    ScriptedServer server{[&](Peer& peer, int) {
        peer.accept();
        const Frame close = peer.frame();
        peer.send(close);
        ended = peer.ended();
    }};
    Attempt attempt = connect_url(server.url());
    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }

    attempt.connection.reset();

    EXPECT_TRUE(eventually([&] { return ended.load(); }));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
}

// A thread started after fork in a process with threads is beyond that sanitizer.
#if !defined(BERTH_SANITIZED_THREADS)
TEST(ClientFork, lets_a_child_have_connections_of_its_own) {
    ScriptedServer first{echo};
    const Attempt parents = connect_url(first.url());
    ASSERT_TRUE(parents.connection) << parents.error.text;
    ScriptedServer second{echo};

    const int code = in_a_child([&] {
        const Attempt own = connect_url(second.url());
        if (!own.connection) return 1;
        if (write_text(own.connection, "child") != BERTH_CLIENT_OK) return 2;
        return read(own.connection) == "text child" ? 0 : 3;
    });

    EXPECT_EQ(code, 0);
}
#endif

}  // namespace
