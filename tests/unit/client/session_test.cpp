// SPDX-License-Identifier: MIT
#include "client/session.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "wire/frame_writer.hpp"

namespace berth::client::inner {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// What a server understands of the bytes that the session made.
class Server : public wire::FrameSink {
public:
    wire::Flow message(const wire::Message& m) override {
        return note((m.kind == wire::MessageKind::text ? "text " : "buffer ") + std::string{m.payload});
    }
    wire::Flow ping(std::string_view payload) override { return note("ping " + std::string{payload}); }
    wire::Flow pong(std::string_view payload) override { return note("pong " + std::string{payload}); }
    void closed(std::uint16_t code, std::string_view reason) override {
        note("close " + std::to_string(code) + " " + std::string{reason});
    }
    void failed(wire::FrameError error) override { note("failed " + std::string{error.sentence}); }

    std::vector<std::string> hears(std::string& output) {
        heard_.clear();
        parser_.consume(output, *this);
        output.clear();
        return heard_;
    }

private:
    wire::Flow note(std::string line) {
        heard_.push_back(std::move(line));
        return wire::Flow::go_on;
    }

    wire::FrameParser parser_{wire::Role::server, {.message_bytes_max = 1 << 24}};
    std::vector<std::string> heard_;
};

class ClientSession : public testing::Test {
protected:
    Session::Limits limits{.message_bytes_max = 100,
                           .close_timeout_ms = 5000,
                           .ping_interval_ms = 20000,
                           .pong_timeout_ms = 10000};
    Random random;
    std::vector<std::string> delivered;
    wire::Flow flow = wire::Flow::go_on;
    TimePoint now = Clock::now();
    Server server;
    std::optional<Session> session;

    Session& s() {
        if (!session) {
            session.emplace(
                limits, random,
                [this](wire::MessageKind, std::string_view payload) {
                    delivered.emplace_back(payload);
                    return flow;
                },
                now);
        }
        return *session;
    }
    std::vector<std::string> said() { return server.hears(s().output()); }
    std::size_t receive(std::string bytes) { return s().receive(bytes, now); }
    static std::string frame(wire::Opcode opcode, std::string_view payload) {
        std::string bytes;
        wire::append_frame(bytes, opcode, payload);
        return bytes;
    }
    static std::string close_frame(std::uint16_t code, std::string_view reason = {}) {
        const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
        return frame(wire::Opcode::close, payload + std::string{reason});
    }
    [[nodiscard]] std::string failure() { return s().end().failure ? s().end().failure->text : "none"; }
};

TEST_F(ClientSession, masks_what_it_writes_with_a_fresh_key_each_time) {
    s().write(wire::MessageKind::text, "same");
    const std::string first = s().output();
    s().output().clear();
    s().write(wire::MessageKind::text, "same");

    EXPECT_NE(s().output(), first) << "the same key twice happens once in four billion";
    EXPECT_THAT(said(), ElementsAre("text same")) << "a server takes it, so it was masked";
}

TEST_F(ClientSession, delivers_whole_messages_in_order) {
    std::string bytes;
    wire::append_fragmented(bytes, wire::MessageKind::text, "in parts", 3);
    bytes += frame(wire::Opcode::binary, "whole");

    EXPECT_EQ(receive(bytes), bytes.size());

    EXPECT_THAT(delivered, ElementsAre("in parts", "whole"));
}

TEST_F(ClientSession, stops_where_its_receiver_wants_a_pause) {
    const std::string one = frame(wire::Opcode::text, "one");
    flow = wire::Flow::pause;

    EXPECT_EQ(receive(one + one), one.size());
    EXPECT_THAT(delivered, ElementsAre("one"));
}

TEST_F(ClientSession, answers_pings) {
    receive(frame(wire::Opcode::ping, "are you there"));

    EXPECT_THAT(said(), ElementsAre("pong are you there"));
}

TEST_F(ClientSession, does_not_read_a_server_that_does_not_take_its_answers) {
    const std::string ping = frame(wire::Opcode::ping, std::string(125, 'x'));
    s().output().assign(100000, 'x');
    while (s().wants_input()) receive(ping);

    EXPECT_EQ(receive(ping + ping), ping.size()) << "one at a time, to see whether it is still so";

    EXPECT_EQ(s().output().size(), 100000u) << "they wait behind it";
    s().output().clear();
    EXPECT_LT(s().output().size(), 300000u);
    EXPECT_GT(s().output().size(), 200000u);
    EXPECT_TRUE(s().wants_input());
}

TEST_F(ClientSession, goes_on_reading_while_a_long_message_waits_to_be_sent) {
    s().write(wire::MessageKind::buffer, std::string(1 << 20, 'x'));

    EXPECT_TRUE(s().wants_input());
}

TEST_F(ClientSession, echoes_a_close_and_keeps_its_code_untouched) {
    for (const std::uint16_t code : std::initializer_list<std::uint16_t>{
             1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999}) {
        session.reset();
        server = Server{};

        receive(close_frame(code, "why"));

        EXPECT_THAT(said(), ElementsAre("close " + std::to_string(code) + " ")) << code;
        s().lost("over");
        ASSERT_TRUE(s().is_over());
        EXPECT_EQ(s().end().code, code);
        EXPECT_EQ(s().end().reason, "why");
        EXPECT_TRUE(s().end().is_clean);
        EXPECT_EQ(failure(), "none");
    }
}

TEST_F(ClientSession, calls_a_close_without_a_code_1005) {
    receive(frame(wire::Opcode::close, {}));

    EXPECT_THAT(said(), ElementsAre("close 1005 "));
    s().lost("over");
    EXPECT_EQ(s().end().code, 1005);
}

TEST_F(ClientSession, waits_a_second_for_the_server_to_end_the_connection) {
    receive(close_frame(1000));
    EXPECT_FALSE(s().is_over());

    now += 999ms;
    s().tick(now);
    EXPECT_FALSE(s().is_over());
    now += 1ms;
    s().tick(now);

    EXPECT_TRUE(s().is_over());
    EXPECT_TRUE(s().end().is_clean);
}

TEST_F(ClientSession, drops_messages_after_its_own_close_and_reports_the_answer) {
    s().close(3000, "bye", now);
    receive(frame(wire::Opcode::text, "late") + close_frame(3000, "bye, too"));
    s().lost("over");

    EXPECT_THAT(said(), ElementsAre("close 3000 bye"));
    EXPECT_THAT(delivered, IsEmpty());
    EXPECT_EQ(s().end().code, 3000);
    EXPECT_EQ(s().end().reason, "bye, too");
}

TEST_F(ClientSession, gives_up_on_a_close_that_is_not_answered) {
    s().close(1000, {}, now);
    EXPECT_EQ(s().due(), now + 5s);

    now += 5s;
    s().tick(now);

    ASSERT_TRUE(s().is_over());
    EXPECT_EQ(s().end().code, 1006);
    EXPECT_FALSE(s().end().is_clean);
    EXPECT_EQ(failure(), "the server did not answer the close within 5000 ms");
    EXPECT_EQ(s().end().failure->status, BERTH_CLIENT_TIMEOUT);
}

TEST_F(ClientSession, is_lost_without_a_close_frame) {
    s().lost("the wire was cut");

    ASSERT_TRUE(s().is_over());
    EXPECT_EQ(s().end().code, 1006);
    EXPECT_EQ(s().end().failure->status, BERTH_CLIENT_LOST);
    EXPECT_EQ(failure(), "the wire was cut");
}

TEST_F(ClientSession, refuses_what_a_server_must_not_send) {
    const std::vector<std::pair<std::string, std::uint16_t>> cases = {
        {std::string{"\x81\x82\x01\x02\x03\x04xy", 8}, 1002},                 // masked
        {std::string{"\xC1\x01x", 3}, 1002},                                  // a reserved bit
        {std::string{"\x83\x01x", 3}, 1002},                                  // a reserved opcode
        {std::string{"\x80\x01x", 3}, 1002},                                  // a continuation of nothing
        {std::string{"\x89\x7E\x00\x7E", 4}, 1002},                           // a long ping
        {std::string{"\x88\x01x", 3}, 1002},                                  // half a close code
        {std::string{"\x81\x01\xFF", 3}, 1007},                               // no UTF-8
        {std::string{"\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10}, 1009},  // a huge frame
        {std::string{"\x82\x65", 2}, 1009},  // 101 bytes where 100 are allowed
    };
    for (const auto& [bytes, code] : cases) {
        session.reset();
        server = Server{};

        receive(bytes);

        EXPECT_FALSE(s().is_open());
        EXPECT_EQ(s().end().code, code) << failure();
        EXPECT_EQ(s().end().failure->status, BERTH_CLIENT_PROTOCOL);
        EXPECT_THAT(said(), ElementsAre(testing::StartsWith("close " + std::to_string(code))));
    }
}

TEST_F(ClientSession, pings_a_silent_server_and_waits_for_any_byte) {
    EXPECT_EQ(s().due(), now + 20s);
    now += 20s;
    s().tick(now);
    EXPECT_THAT(said(), ElementsAre("ping "));
    EXPECT_EQ(s().due(), now + 10s);

    now += 9s;
    receive(frame(wire::Opcode::pong, {}));
    s().tick(now);

    EXPECT_FALSE(s().is_over());
    EXPECT_EQ(s().due(), now + 20s);
}

TEST_F(ClientSession, is_lost_when_a_ping_is_not_answered) {
    s().tick(now += 20s);
    s().tick(now += 10s);

    ASSERT_TRUE(s().is_over());
    EXPECT_EQ(failure(), "the server has not answered a ping for 10000 ms");
    EXPECT_EQ(s().end().failure->status, BERTH_CLIENT_LOST);
}

TEST_F(ClientSession, does_not_blame_the_server_while_nothing_is_read) {
    s().pause(true, now);
    s().tick(now += 60s);
    EXPECT_THAT(said(), IsEmpty());
    EXPECT_FALSE(s().is_over());

    s().pause(false, now);

    EXPECT_EQ(s().due(), now + 20s);
}

TEST_F(ClientSession, sends_no_pings_unless_asked_to) {
    limits.ping_interval_ms = 0;

    EXPECT_EQ(s().due(), never);
    s().tick(now += std::chrono::hours{100});
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(ClientSession, never_gives_up_a_close_without_a_limit) {
    limits.close_timeout_ms = -1;
    s().close(1000, {}, now);

    EXPECT_EQ(s().due(), never);
}

}  // namespace
}  // namespace berth::client::inner
