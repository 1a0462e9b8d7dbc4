// SPDX-License-Identifier: MIT
// Names that resolve slowly, not at all, or to several addresses: the system's resolver is replaced by this
// one.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <netdb.h>

#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "integration/client/calls.hpp"
#include "integration/client/scripted_server.hpp"

namespace {

// Never destroyed: a look-up that was given up may still be here when the program ends.
std::mutex& gate = *new std::mutex;
std::condition_variable& gate_changed = *new std::condition_variable;
bool gate_is_open = true;
int asked = 0;
int asked_for_slower = 0;  ///< of one test alone, which no look-up of another can disturb
int answered = 0;

/// A result as the system's own freeaddrinfo takes it: made by the system from texts.
int answer_with(const char* first, const char* second, const char* port, addrinfo** result) {
    using Ask = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    const auto ask = reinterpret_cast<Ask>(dlsym(RTLD_NEXT, "getaddrinfo"));
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    if (const int error = ask(first, port, &hints, result); error != 0 || second == nullptr) return error;
    return ask(second, port, &hints, &(*result)->ai_next);
}

}  // namespace

// The library's calls come here, since a program's symbols go before those of the C library.
extern "C" int getaddrinfo(const char* name, const char* port, const addrinfo* hints,
                           addrinfo** result) noexcept(false) {
    if ((hints->ai_flags & AI_NUMERICHOST) != 0) return answer_with(name, nullptr, port, result);
    std::unique_lock lock{gate};
    ++asked;
    const bool is_slower = std::strcmp(name, "slower.example") == 0;
    if (is_slower) ++asked_for_slower;
    if (is_slower || std::strcmp(name, "slow.example") == 0)
        gate_changed.wait(lock, [] { return gate_is_open; });
    ++answered;
    gate_changed.notify_all();
    if (std::strcmp(name, "nobody.example") == 0) return EAI_NONAME;
    // The first of the two has nobody listening: 127.0.0.2 is loopback, too.
    if (std::strcmp(name, "two.example") == 0) return answer_with("127.0.0.2", "127.0.0.1", port, result);
    return answer_with("127.0.0.1", nullptr, port, result);
}

namespace {

using namespace berth::test;
using testing::EndsWith;

TEST(ClientNames, are_looked_up_within_the_time_limit) {
    {
        const std::lock_guard lock{gate};
        gate_is_open = false;
    }
    berth_client_options options = default_client_options();
    options.connect_timeout_ms = 100;
    const auto begin = std::chrono::steady_clock::now();

    const Attempt attempt = connect_url("ws://slow.example:7/", options);

    EXPECT_FALSE(attempt.connection);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{100});
    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_TIMEOUT);
    EXPECT_STREQ(attempt.error.text,
                 "ws://slow.example:7/: looking up slow.example took longer than the time limit");
    // The look-up that was left behind finds nobody waiting, and ends.
    std::unique_lock lock{gate};
    EXPECT_EQ(answered, asked - 1) << "it returned before the look-up did";
    gate_is_open = true;
    gate_changed.notify_all();
    EXPECT_TRUE(gate_changed.wait_for(lock, std::chrono::seconds{10}, [] { return answered == asked; }));
}

TEST(ClientNames, can_be_given_up) {
    {
        const std::lock_guard lock{gate};
        gate_is_open = false;
    }
    Recorder recorder;
    berth_client_options options = default_client_options();
    options.connect_timeout_ms = BERTH_CLIENT_FOREVER;
    Connection connection = open_url("ws://slow.example:7/", recorder, options);

    connection.reset();

    EXPECT_THAT(recorder.lines(),
                testing::ElementsAre(EndsWith("closed while looking up slow.example"), "closing 1006 "));
    std::unique_lock lock{gate};
    gate_is_open = true;
    gate_changed.notify_all();
    EXPECT_TRUE(gate_changed.wait_for(lock, std::chrono::seconds{10}, [] { return answered == asked; }));
}

TEST(ClientNames, that_are_slow_are_asked_for_once_however_often_they_are_wanted) {
    {
        const std::lock_guard lock{gate};
        gate_is_open = false;
    }
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.part_when_asked();
    }};
    berth_client_options options = default_client_options();
    options.connect_timeout_ms = 100 * patience;
    options.reconnect = options.reconnect_first = 1;
    options.reconnect_delay_ms = options.reconnect_delay_ms_max = 1;
    Recorder recorder;
    const Connection connection =
        open_url("ws://slower.example:" + std::to_string(server.port()) + "/", recorder, options);

    ASSERT_TRUE(recorder.hears("interrupted 1006", 3));
    {
        const std::lock_guard lock{gate};
        EXPECT_EQ(asked_for_slower, 1);
        gate_is_open = true;
        gate_changed.notify_all();
    }
    EXPECT_TRUE(recorder.hears("opening")) << "the slow answer is still of use";
}

TEST(ClientNames, that_nobody_has_are_said) {
    const Attempt attempt = connect_url("ws://nobody.example/");

    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_UNRESOLVED);
    EXPECT_STREQ(attempt.error.text,
                 "ws://nobody.example/: looking up nobody.example: Name or service not known");
}

TEST(ClientNames, with_several_addresses_are_tried_one_after_the_other) {
    ScriptedServer server{[](Peer& peer, int) {
        EXPECT_THAT(peer.header("Host"), testing::StartsWith("two.example:"));
        peer.accept();
        peer.send(Frame{opcode::text, "found"});
        peer.part_when_asked();
    }};

    const Attempt attempt = connect_url("ws://two.example:" + std::to_string(server.port()) + "/");

    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    EXPECT_EQ(read(attempt.connection), "text found");
}

}  // namespace
