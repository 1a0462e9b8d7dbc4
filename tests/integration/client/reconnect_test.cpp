// SPDX-License-Identifier: MIT
// Connections that are made again.
#include <gmock/gmock.h>

#include "integration/client/calls.hpp"
#include "integration/client/scripted_server.hpp"

namespace {

using namespace berth::test;
using testing::ElementsAre;
using testing::StartsWith;

berth_client_options persistent() {
    berth_client_options options = default_client_options();
    options.reconnect = 1;
    options.reconnect_delay_ms = 20;
    options.reconnect_delay_ms_max = 50;
    return options;
}

TEST(ClientReconnection, follows_a_restart_and_a_loss_and_no_farewell) {
    ScriptedServer server{[](Peer& peer, int before) {
        peer.accept();
        if (before == 1) return peer.reset();
        peer.send(Frame{opcode::text, std::to_string(before)});
        if (before == 0) peer.close(1012, "redeploy");
        if (before == 2) peer.close(1000, "that was all");
        peer.part();
    }};
    Recorder recorder;
    const Connection connection = open_url(server.url(), recorder, persistent());

    ASSERT_TRUE(recorder.hears("closing"));

    EXPECT_THAT(recorder.lines(),
                ElementsAre("opening", "text 0", "interrupted 1012", "resumed", "interrupted 1006", "resumed",
                            "text 2", "closing 1000 that was all"));
}

TEST(ClientReconnection, stays_with_the_reader_of_a_synchronous_connection) {
    ScriptedServer server{[](Peer& peer, int before) {
        peer.accept();
        peer.send(Frame{opcode::text, std::to_string(before)});
        peer.close(before < 2 ? 1001 : 1000);
        peer.part();
    }};
    const Attempt attempt = connect_url(server.url(), persistent());

    EXPECT_EQ(read(attempt.connection), "text 0");
    EXPECT_EQ(read(attempt.connection), "text 1");
    EXPECT_EQ(read(attempt.connection), "text 2");
    EXPECT_EQ(read(attempt.connection), "status " + std::to_string(BERTH_CLIENT_CLOSED));
    EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
}

TEST(ClientReconnection, does_not_come_back_before_the_server_wants_it) {
    ScriptedServer server{[](Peer& peer, int before) {
        if (before == 1) {
            peer.head();
            return peer.send("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n\r\n");
        }
        peer.accept();
        if (before == 0) peer.close(1013, "full; retry-after=1");
        if (before == 2) peer.close(1000);
        peer.part();
    }};
    Recorder recorder;
    const Connection connection = open_url(server.url(), recorder, persistent());

    ASSERT_TRUE(recorder.hears("closing 1000"));

    EXPECT_THAT(recorder.lines(),
                ElementsAre("opening", "interrupted 1013", "interrupted 1006", "resumed", "closing 1000 "));
    ASSERT_EQ(recorder.delays().size(), 2u);
    for (const std::int64_t delay : recorder.delays())
        EXPECT_THAT(delay, testing::AllOf(testing::Ge(1000), testing::Lt(1050)));
}

TEST(ClientReconnection, ends_with_the_last_attempt_that_is_allowed) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.reset();
    }};
    berth_client_options options = persistent();
    options.reconnect_attempts_max = 3;
    Recorder recorder{[&](const std::string& line, berth_client_connection*) {
        if (line == "opening") server.stop_listening();
    }};
    const Connection connection = open_url(server.url(), recorder, options);

    ASSERT_TRUE(recorder.hears("closing"));

    const std::vector<std::string> lines = recorder.lines();
    EXPECT_THAT(
        lines, ElementsAre("opening", "interrupted 1006", "interrupted 1006", "interrupted 1006",
                           StartsWith("error " + std::to_string(BERTH_CLIENT_UNREACHABLE)), "closing 1006 "));
}

TEST(ClientReconnection, ends_with_a_refusal_that_will_not_pass) {
    ScriptedServer server{[](Peer& peer, int before) {
        if (before > 0) {
            peer.head();
            return peer.send("HTTP/1.1 401 Unauthorized\r\n\r\n");
        }
        peer.accept();
        peer.close(1011);
        peer.part();
    }};
    Recorder recorder;
    const Connection connection = open_url(server.url(), recorder, persistent());

    ASSERT_TRUE(recorder.hears("closing"));

    EXPECT_THAT(recorder.lines(),
                ElementsAre("opening", "interrupted 1011",
                            StartsWith("error " + std::to_string(BERTH_CLIENT_REFUSED)), "closing 1006 "));
}

TEST(ClientReconnection, repeats_the_first_attempt_when_asked_to) {
    ScriptedServer server{[](Peer& peer, int before) {
        if (before < 2) return peer.reset();
        peer.accept();
        peer.send(Frame{opcode::text, "finally"});
        peer.part_when_asked();
    }};
    berth_client_options options = persistent();
    EXPECT_FALSE(connect_url(server.url(), options).connection);

    options.reconnect_first = 1;
    const Attempt attempt = connect_url(server.url(), options);

    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    EXPECT_EQ(read(attempt.connection), "text finally");
}

TEST(ClientReconnection, keeps_the_limit_of_a_synchronous_connect_whatever_the_number_of_attempts) {
    ScriptedServer server{[](Peer& peer, int) { peer.reset(); }};
    berth_client_options options = persistent();
    options.reconnect_first = 1;
    options.connect_timeout_ms = 300;
    const auto begin = std::chrono::steady_clock::now();

    const Attempt attempt = connect_url(server.url(), options);

    EXPECT_FALSE(attempt.connection);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{300});
    EXPECT_GE(server.connections(), 2);
}

TEST(ClientReconnection, ends_at_once_when_closed_while_it_waits) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.close(1012, "retry-after=3600");
        peer.part();
    }};
    Recorder recorder{[](const std::string& line, berth_client_connection* connection) {
        if (line.starts_with("interrupted")) berth_client_close(connection, 1000, "");
    }};
    const Connection connection = open_url(server.url(), recorder, persistent());

    ASSERT_TRUE(recorder.hears("closing"));

    EXPECT_THAT(recorder.lines(),
                ElementsAre("opening", "interrupted 1012", "closing 1012 retry-after=3600"));
}

TEST(ClientReconnection, tells_writers_that_it_is_not_there) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.close(1012, "retry-after=3600");
        peer.part();
    }};
    Recorder recorder;
    const Connection connection = open_url(server.url(), recorder, persistent());
    ASSERT_TRUE(recorder.hears("interrupted"));

    EXPECT_EQ(berth_client_exists(connection.get()), 0);
    EXPECT_EQ(write_text(connection, "hello?"), BERTH_CLIENT_OFFLINE);
}

TEST(ClientReconnection, sends_what_was_written_meanwhile_in_order) {
    std::string heard;
    ScriptedServer server{[&](Peer& peer, int before) {
        peer.accept();
        if (before == 0) {
            peer.close(1012, "retry-after=1");
        } else {
            while (heard.size() < 6) heard += peer.frame().payload;
            peer.close(1000);
        }
        peer.part();
    }};
    berth_client_options options = persistent();
    options.offline_bytes_max = 1000;
    options.offline_messages_max = 3;
    Recorder recorder;
    const Connection connection = open_url(server.url(), recorder, options);
    ASSERT_TRUE(recorder.hears("interrupted"));

    for (const char* text : {"ab", "cd", "ef"}) EXPECT_EQ(write_text(connection, text, 0), BERTH_CLIENT_OK);
    EXPECT_EQ(write_text(connection, "gh", 0), BERTH_CLIENT_TIMEOUT) << "the fourth does not fit";
    EXPECT_EQ(write_text(connection, std::string(1001, 'x'), 0), BERTH_CLIENT_FULL);

    EXPECT_TRUE(recorder.hears("closing 1000"));
    EXPECT_EQ(heard, "abcdef");
}

TEST(ClientReconnection, keeps_what_is_written_before_the_first_opening) {
    std::string heard;
    ScriptedServer server{[&](Peer& peer, int) {
        peer.accept();
        heard = peer.frame().payload;
        peer.close(1000);
        peer.part();
    }};
    berth_client_options options = default_client_options();
    options.offline_bytes_max = 1000;
    Recorder recorder;
    const Connection connection = open_url(server.url(), recorder, options);

    EXPECT_EQ(write_text(connection, "early"), BERTH_CLIENT_OK);

    EXPECT_TRUE(recorder.hears("closing 1000"));
    EXPECT_EQ(heard, "early");
}

}  // namespace
