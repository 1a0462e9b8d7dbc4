// SPDX-License-Identifier: MIT
// The callbacks: which, in which order, and what may be done in them.
#include <gmock/gmock.h>

#include <future>

#include "integration/client/calls.hpp"
#include "integration/client/scripted_server.hpp"

namespace {

using namespace berth::test;
using testing::ElementsAre;
using testing::StartsWith;

std::string error(int status) {
    return "error " + std::to_string(status);
}

TEST(ClientEvents, are_opening_then_messages_then_closing) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept({}, encode(Frame{opcode::text, "one"}, {.masked = false}));
        peer.send(Frame{opcode::binary, "two"});
        peer.close(1012, "redeploy");
        peer.part();
    }};
    Recorder recorder;
    const Connection connection = open_url(server.url(), recorder);

    ASSERT_TRUE(recorder.hears("closing"));

    EXPECT_THAT(recorder.lines(), ElementsAre("opening", "text one", "buffer two", "closing 1012 redeploy"));
}

TEST(ClientEvents, are_error_and_closing_when_nobody_is_there) {
    std::string url;
    {
        ScriptedServer server{[](Peer&, int) {}};
        url = server.url();
    }
    Recorder recorder;
    const Connection connection = open_url(url, recorder);

    ASSERT_TRUE(recorder.hears("closing"));

    EXPECT_THAT(recorder.lines(), ElementsAre(StartsWith(error(BERTH_CLIENT_UNREACHABLE)), "closing 1006 "));
}

TEST(ClientEvents, tell_one_error_before_the_closing_of_a_lost_connection) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.send(Frame{opcode::text, "hi"});
    }};
    Recorder recorder;
    const Connection connection = open_url(server.url(), recorder);

    ASSERT_TRUE(recorder.hears("closing"));

    EXPECT_THAT(recorder.lines(),
                ElementsAre("opening", "text hi", StartsWith(error(BERTH_CLIENT_LOST)), "closing 1006 "));
}

TEST(ClientEvents, end_with_closing_when_the_connection_is_released) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.close(close_code(peer.frame()));
    }};
    Recorder recorder;
    Connection connection = open_url(server.url(), recorder);
    ASSERT_TRUE(recorder.hears("opening"));

    connection.reset();

    EXPECT_THAT(recorder.lines(), ElementsAre("opening", "closing 1001 "));
}

TEST(ClientEvents, end_with_closing_when_an_attempt_is_given_up) {
    ScriptedServer server{[](Peer& peer, int) { peer.ended(); }};
    Recorder recorder;
    Connection connection = open_url(server.url(), recorder);

    connection.reset();

    EXPECT_THAT(recorder.lines(), ElementsAre(StartsWith(error(BERTH_CLIENT_CLOSED)), "closing 1006 "));
}

TEST(ClientEvents, may_write_and_close) {
    std::string heard;
    ScriptedServer server{[&](Peer& peer, int) {
        peer.accept();
        heard = peer.frame().payload;
        peer.send(Frame{opcode::text, "stop"});
        peer.send(Frame{opcode::text, "too late"});
        const Frame close = peer.frame();
        peer.close(close_code(close), close_reason(close));
        peer.part();
    }};
    Recorder recorder{[](const std::string& line, berth_client_connection* connection) {
        if (line == "opening") berth_client_write_text(connection, "hello", 5, BERTH_CLIENT_FOREVER);
        if (line == "text stop") berth_client_close(connection, 4000, "as you wish");
    }};
    const Connection connection = open_url(server.url(), recorder);

    ASSERT_TRUE(recorder.hears("closing"));

    EXPECT_THAT(recorder.lines(), ElementsAre("opening", "text stop", "closing 4000 as you wish"));
    EXPECT_EQ(heard, "hello");
}

TEST(ClientEvents, may_release_their_own_connection_and_still_hear_its_end) {
    for (const char* where : {"opening", "text", "error", "closing"}) {
        ScriptedServer server{[](Peer& peer, int) {
            peer.accept({}, encode(Frame{opcode::text, "hi"}, {.masked = false}));
            peer.offer("\xFF");  // A rule is broken, unless we are closing.
            peer.ended();
        }};
        berth_client_options options = default_client_options();
        options.close_timeout_ms = 100;
        Recorder recorder{[&](const std::string& line, berth_client_connection* connection) {
            if (line.starts_with(where)) berth_client_release(connection);
        }};
        open_url(server.url(), recorder, options).release();

        EXPECT_TRUE(recorder.hears("closing")) << where;
    }
}

TEST(ClientEvents, may_release_another_connection_whose_callback_is_under_way) {
    ScriptedServer first{[](Peer& peer, int) {
        peer.accept();
        peer.ended();
    }};
    ScriptedServer second{[](Peer& peer, int) {
        peer.accept();
        peer.part_when_asked();
    }};
    berth_client_options options = default_client_options();
    options.close_timeout_ms = 100;
    std::promise<void> is_inside, has_released;
    bool came_back = false;
    Recorder others{[&](const std::string& line, berth_client_connection*) {
        if (line != "opening") return;
        is_inside.set_value();
        came_back = has_released.get_future().wait_for(std::chrono::seconds{5}) == std::future_status::ready;
    }};
    Connection other = open_url(first.url(), others, options);
    is_inside.get_future().wait();
    Recorder recorder{[&](const std::string& line, berth_client_connection*) {
        if (line != "opening") return;
        other.reset();
        has_released.set_value();
    }};
    const Connection connection = open_url(second.url(), recorder, options);

    EXPECT_TRUE(others.hears("closing"));
    EXPECT_TRUE(came_back) << "the release waited for the other's callback";
    EXPECT_TRUE(recorder.hears("opening"));
}

TEST(ClientEvents, are_never_two_at_once_and_do_not_wait_for_themselves) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        for (int i = 0; i < 100; ++i) peer.send(Frame{opcode::text, std::to_string(i)});
        peer.close(1000);
        peer.part();
    }};
    Recorder recorder{[](const std::string& line, berth_client_connection* connection) {
        // All that would wait for this thread answers instead.
        berth_client_message message{};
        berth_client_end end{};
        EXPECT_EQ(berth_client_read(connection, &message, 1000), BERTH_CLIENT_INVALID);
        EXPECT_EQ(berth_client_wait(connection, &end, 1000), BERTH_CLIENT_INVALID);
        EXPECT_EQ(berth_client_exists(connection), line.starts_with("closing") ? 0 : 1);
    }};
    const Connection connection = open_url(server.url(), recorder);

    ASSERT_TRUE(recorder.hears("closing 1000"));

    EXPECT_TRUE(recorder.hears("text ", 100));
    EXPECT_FALSE(recorder.overlapped());
}

TEST(ClientEvents, leave_messages_to_read_when_they_do_not_want_them) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.send(Frame{opcode::text, "hi"});
        peer.close(1000);
        peer.part();
    }};
    Recorder recorder;
    berth_client_events events = recorder.events();
    events.message = nullptr;
    const berth_client_options options = default_client_options();
    const Connection connection{berth_client_open_url(server.url().c_str(), &options, &events, nullptr)};

    EXPECT_EQ(read(connection), "text hi");
    EXPECT_TRUE(recorder.hears("closing 1000"));
}

TEST(ClientEvents, need_not_be_there) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.send(Frame{opcode::text, "hi"});
        peer.part_when_asked();
    }};
    const Connection connection{berth_client_open_url(server.url().c_str(), nullptr, nullptr, nullptr)};

    EXPECT_EQ(read(connection), "text hi");
}

TEST(ClientEvents, are_refused_where_the_arguments_cannot_be) {
    Recorder recorder;
    const berth_client_events events = recorder.events();
    berth_client_error why{};

    EXPECT_EQ(berth_client_open("a b", 0, "/", nullptr, &events, &why), nullptr);

    EXPECT_EQ(why.status, BERTH_CLIENT_INVALID);
    EXPECT_STREQ(why.text, "host \"a b\": neither a name nor an address");
    EXPECT_TRUE(recorder.lines().empty());
}

}  // namespace
