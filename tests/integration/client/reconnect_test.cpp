// SPDX-License-Identifier: MIT
// Connections that are made again.
#include <gmock/gmock.h>

#include <berth/client.hpp>

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
    options.connect_timeout_ms = 300 * patience;
    const auto begin = std::chrono::steady_clock::now();

    const Attempt attempt = connect_url(server.url(), options);

    EXPECT_FALSE(attempt.connection);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{options.connect_timeout_ms});
    EXPECT_GE(server.connections(), 2);
}

/// Lives longer than the first connecting may take, then restarts; farewell after the second time.
ScriptedServer::Script restarts_after(std::chrono::milliseconds age) {
    return [age](Peer& peer, int before) {
        peer.accept();
        if (before == 0) std::this_thread::sleep_for(age);
        peer.send(Frame{opcode::text, std::to_string(before)});
        peer.close(before == 0 ? 1001 : 1000);
        peer.part();
    };
}

TEST(ClientReconnection, has_the_time_of_a_synchronous_connect_anew_once_it_has_been_open) {
    const std::chrono::milliseconds limit{200 * patience};
    ScriptedServer server{restarts_after(2 * limit)};
    berth_client_options options = persistent();
    options.connect_timeout_ms = limit.count();
    const Attempt attempt = connect_url(server.url(), options);
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    EXPECT_EQ(read(attempt.connection), "text 0");
    EXPECT_EQ(read(attempt.connection), "text 1");
    EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
}

TEST(ClientReconnection, has_it_anew_for_a_program_in_cpp) {
    const std::chrono::milliseconds limit{200 * patience};
    ScriptedServer server{restarts_after(2 * limit)};
    auto connection = berth::client::Connection::connect(
        server.url(),
        {.connect_timeout = limit, .reconnect = true, .reconnect_delay = std::chrono::milliseconds{20}});

    const std::chrono::milliseconds patient{patient_ms};
    EXPECT_EQ(connection.read(patient).value_or(berth::client::Message{}).bytes, "0");
    EXPECT_EQ(connection.read(patient).value_or(berth::client::Message{}).bytes, "1");
    EXPECT_EQ(connection.wait(patient).value_or(berth::client::End{}).code, 1000);
}

/// A server that does not read, goes, and reads then what the client had begun to send; its successor gets
/// the rest.
class ClientOfflineQueue : public testing::Test {
protected:
    static constexpr std::size_t message_bytes = 1000;

    std::atomic<bool> may_go = false, may_read = false;
    std::vector<int> first, second;  ///< numbers of messages; the last one is -1
    int written = 0;

    static bool comes(const std::atomic<bool>& signal) {
        return eventually([&] { return signal.load(); }, Deadline{std::chrono::seconds{60}});
    }
    void read_first(Peer& peer) {
        try {
            for (Frame frame = peer.frame(); frame.opcode != opcode::close; frame = peer.frame())
                first.push_back(std::stoi(frame.payload));
        } catch (const std::runtime_error&) {
            // It ended, perhaps within a frame.
        }
        peer.part();
    }
    void read_second(Peer& peer) {
        do second.push_back(std::stoi(peer.frame().payload));
        while (second.back() >= 0);
        peer.part_when_asked();
    }
    static berth_client_options keeping() {
        berth_client_options options = persistent();
        options.offline_bytes_max = options.send_queue_bytes_max;
        options.offline_messages_max = 100000;
        return options;
    }

    /// Fills all there is to fill and has the server go; answers how many messages were not begun by then.
    std::size_t fill_and_lose(const std::function<void(Peer&)>& go) {
        ScriptedServer server{[&](Peer& peer, int before) {
            peer.accept();
            if (before > 0) return read_second(peer);
            EXPECT_TRUE(comes(may_go));
            go(peer);
            EXPECT_TRUE(comes(may_read));
            read_first(peer);
        }};
        const Attempt attempt = connect_url(server.url(), keeping());
        const auto write = [&](int number) {
            std::string text = std::to_string(number);
            text.resize(message_bytes, ' ');
            EXPECT_EQ(write_text(attempt.connection, text), BERTH_CLIENT_OK);
        };
        const auto unsent = [&] { return berth_client_unsent_bytes(attempt.connection.get()); };
        // Until the system takes no more of it.
        while (unsent() < 300 * message_bytes) {
            for (int i = 0; i < 200; ++i) write(written++);
            std::size_t before = 0;
            EXPECT_TRUE(eventually(
                [&] { return unsent() < 300 * message_bytes || std::exchange(before, unsent()) == unsent(); },
                Deadline::usual(), std::chrono::milliseconds{50}));
        }
        may_go = true;
        EXPECT_TRUE(eventually([&] { return berth_client_exists(attempt.connection.get()) == 0; }));
        const std::size_t not_begun = unsent() / message_bytes;
        may_read = true;
        write(-1);
        EXPECT_TRUE(eventually([&] { return unsent() == 0; }));
        berth_client_close(attempt.connection.get(), 1000, "");
        EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
        return not_begun;
    }
    /// What came after the loss goes on where the first server's part ended, to the last one written.
    void expect_the_rest() {
        ASSERT_FALSE(first.empty());
        ASSERT_GT(second.size(), 1u);
        // One may have been under way.
        EXPECT_THAT(second.front() - first.back(), testing::AllOf(testing::Ge(1), testing::Le(2)));
        for (std::size_t i = 0; i + 1 < second.size(); ++i)
            ASSERT_EQ(second[i], written - static_cast<int>(second.size() - 1 - i));
    }
};

TEST_F(ClientOfflineQueue, has_all_that_was_not_begun_when_the_connection_was_lost) {
    fill_and_lose([](Peer& peer) { peer.finish(); });

    expect_the_rest();
}

TEST_F(ClientOfflineQueue, has_all_that_was_not_begun_when_the_server_said_goodbye) {
    const std::size_t not_begun = fill_and_lose([](Peer& peer) { peer.close(1012); });

    expect_the_rest();
    EXPECT_GE(second.size() - 1, not_begun - 1) << "what a server that closes would drop is not sent to it";
}

TEST_F(ClientOfflineQueue, keeps_what_a_server_that_takes_nothing_any_more_could_not_have) {
    ScriptedServer server{[&](Peer& peer, int before) {
        peer.accept();
        if (before > 0) return read_second(peer);
        const auto text = [](const char* words) {
            return encode(Frame{opcode::text, words}, {.masked = false});
        };
        peer.send(text("read") + text("unread"));
        EXPECT_TRUE(comes(may_go));
        peer.reset();
        may_read = true;
    }};
    berth_client_options options = keeping();
    options.receive_queue_messages_max = 1;
    const Attempt attempt = connect_url(server.url(), options);
    const auto unsent = [&] { return berth_client_unsent_bytes(attempt.connection.get()); };
    // The second message fills the queue, so that the client does not read that the connection is lost.
    EXPECT_EQ(read(attempt.connection), "text read");
    may_go = true;
    ASSERT_TRUE(comes(may_read));

    for (const char* number : {"1", "2", "3", "-1"})
        EXPECT_EQ(write_text(attempt.connection, number), BERTH_CLIENT_OK);
    EXPECT_EQ(read(attempt.connection), "text unread");

    EXPECT_TRUE(
        eventually([&] { return unsent() == 0 && berth_client_exists(attempt.connection.get()) == 1; }));
    berth_client_close(attempt.connection.get(), 1000, "");
    EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
    EXPECT_THAT(second, ElementsAre(1, 2, 3, -1));
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
