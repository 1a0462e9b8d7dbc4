// SPDX-License-Identifier: MIT
/// Family 2: pings and pongs (RFC 6455 sections 5.5.2 and 5.5.3).
#include "conformance/suite.hpp"

namespace berth::test {

namespace {

std::vector<Row> payloads() {
    return {{"empty", ""},
            {"text", "Hello, world!"},
            {"not_utf8", std::string{"\x00\xFF\xFE\xFD\xFC\xFB\x00\xFF", 8}},
            {"124_bytes", std::string(124, '\xFE')},
            {"125_bytes", some_bytes(125)}};
}

void expect_pong(RawClient& client, std::string_view payload) {
    const auto frame = client.frame();
    ASSERT_TRUE(frame) << "no pong came";
    EXPECT_EQ(frame->opcode, opcode::pong);
    EXPECT_EQ(frame->payload, payload);
    EXPECT_EQ(client.violation(), "");
}

}  // namespace

class Pings : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Payloads, Pings, with(payloads()), name_of);

TEST_P(Pings, a_ping_is_answered_with_its_payload) {
    ASSERT_TRUE(client_.send(ping_frame(row().bytes)));

    expect_pong(client_, row().bytes);
}

TEST_P(Pings, a_ping_that_arrives_byte_by_byte_is_answered) {
    ASSERT_TRUE(client_.send_in_pieces(ping_frame(row().bytes), 1));

    expect_pong(client_, row().bytes);
}

TEST_P(Pings, a_pong_that_nobody_asked_for_is_ignored) {
    ASSERT_TRUE(client_.send(Frame{.opcode = opcode::pong, .payload = row().bytes}));
    ASSERT_TRUE(client_.send(ping_frame("after it")));

    expect_pong(client_, "after it");
}

TEST_P(Pings, ten_pings_are_answered_one_by_one) {
    std::string bytes;
    for (int i = 0; i < 10; ++i) bytes += ping_frame(row().bytes.substr(0, 120) + std::to_string(i));
    ASSERT_TRUE(client_.send(bytes));

    for (int i = 0; i < 10; ++i) expect_pong(client_, row().bytes.substr(0, 120) + std::to_string(i));
}

class PingRules : public TransportTest {};
INSTANTIATE_TEST_SUITE_P(Transports, PingRules, both_transports(), name_of_transport);

TEST_P(PingRules, a_ping_of_126_bytes_is_refused_at_its_header) {
    client_.send(ping_frame(std::string(126, 'x')).substr(0, 8));

    expect_close(client_, 1002);
}

TEST_P(PingRules, a_pong_of_126_bytes_is_refused) {
    client_.send(Frame{.opcode = opcode::pong, .payload = std::string(126, 'x')});

    expect_close(client_, 1002);
}

TEST_P(PingRules, a_ping_that_announces_65536_bytes_is_refused) {
    client_.send(Frame{.opcode = opcode::ping}, {.announced = 65536});

    expect_close(client_, 1002);
}

TEST_P(PingRules, ten_pings_that_arrive_byte_by_byte_are_answered_one_by_one) {
    std::string bytes;
    for (int i = 0; i < 10; ++i) bytes += ping_frame("payload " + std::to_string(i));
    ASSERT_TRUE(client_.send_in_pieces(bytes, 1));

    for (int i = 0; i < 10; ++i) expect_pong(client_, "payload " + std::to_string(i));
}

TEST_P(PingRules, a_thousand_pings_are_answered_one_by_one) {
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes += ping_frame(std::to_string(i));
    ASSERT_TRUE(client_.send(bytes));

    for (int i = 0; i < 1000; ++i) expect_pong(client_, std::to_string(i));
}

TEST_P(PingRules, a_ping_is_answered_while_a_frame_of_a_message_is_incomplete) {
    const std::string first = encode({.payload = "first half, ", .fin = false});
    ASSERT_TRUE(client_.send(first));
    ASSERT_TRUE(client_.send(ping_frame("between")));
    expect_pong(client_, "between");

    ASSERT_TRUE(client_.send(Frame{.opcode = opcode::continuation, .payload = "second half"}));

    EXPECT_EQ(next_message(client_).payload, "first half, second half");
}

}  // namespace berth::test
