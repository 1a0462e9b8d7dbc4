// SPDX-License-Identifier: MIT
/// Family 7: the closing handshake (RFC 6455 sections 5.5.1 and 7).
#include "conformance/suite.hpp"

namespace berth::test {

namespace {

Frame close_frame(unsigned code, std::string_view reason = {}) {
    return {.opcode = opcode::close, .payload = close_payload(code, reason)};
}

std::vector<Row> codes(std::initializer_list<unsigned> list) {
    std::vector<Row> rows;
    for (const unsigned code : list) rows.push_back({"code_" + std::to_string(code), close_payload(code)});
    return rows;
}

std::vector<Row> reasons() {
    return {{"short", "Hello World!"},
            {"of_123_bytes", std::string(123, '*')},
            {"beyond_ascii", some_text(123)},
            {"empty", ""}};
}

}  // namespace

class GoodCodes : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Codes, GoodCodes,
                         with(codes({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                                     3000, 3001, 3999, 4000, 4001, 4999})),
                         name_of);

TEST_P(GoodCodes, are_answered_with_the_same_code) {
    const Frame frame{.opcode = opcode::close, .payload = row().bytes};
    ASSERT_TRUE(client_.send(frame));

    const auto answer = client_.frame();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->opcode, opcode::close);
    // 1010 is a client's code; a server has to answer with another.
    if (close_code(frame) != 1010) {
        EXPECT_EQ(close_code(*answer), close_code(frame));
    }
    expect_end(client_);
}

TEST_P(GoodCodes, are_answered_when_they_arrive_byte_by_byte) {
    ASSERT_TRUE(client_.send_in_pieces(encode({.opcode = opcode::close, .payload = row().bytes}), 1));

    const auto answer = client_.frame();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->opcode, opcode::close);
    expect_end(client_);
}

class BadCodes : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Codes, BadCodes, with(bad_close_codes()), name_of);

TEST_P(BadCodes, are_a_protocol_error) {
    client_.send(Frame{.opcode = opcode::close, .payload = row().bytes});

    expect_close_reply(client_, 1002);
}

TEST_P(BadCodes, are_a_protocol_error_with_a_reason) {
    client_.send(Frame{.opcode = opcode::close, .payload = row().bytes + "because"});

    expect_close_reply(client_, 1002);
}

class Reasons : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Reasons, Reasons, with(reasons()), name_of);

TEST_P(Reasons, may_come_with_a_code) {
    client_.send(close_frame(1000, row().bytes));

    expect_close_reply(client_, 1000);
}

TEST_P(Reasons, may_come_with_a_code_of_the_application) {
    client_.send(close_frame(4321, row().bytes));

    expect_close_reply(client_, 4321);
}

class BadClosePayloads : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Payloads, BadClosePayloads, with(bad_close_payloads()), name_of);

TEST_P(BadClosePayloads, are_a_protocol_error) {
    client_.send(Frame{.opcode = opcode::close, .payload = row().bytes});

    expect_close_reply(client_, 1002);
}

class BadReasons : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Reasons, BadReasons, with(bad_close_reasons()), name_of);

TEST_P(BadReasons, that_are_not_utf8_are_refused_with_1007) {
    client_.send(Frame{.opcode = opcode::close, .payload = row().bytes});

    expect_close_reply(client_, 1007);
}

class Closing : public TransportTest {};
INSTANTIATE_TEST_SUITE_P(Transports, Closing, both_transports(), name_of_transport);

TEST_P(Closing, follows_an_echo) {
    expect_echo(client_, {.is_text = true, .payload = "Hello World!"});
    client_.send(close_frame(1000));

    expect_close_reply(client_, 1000);
}

TEST_P(Closing, without_a_payload_is_answered) {
    client_.send(Frame{.opcode = opcode::close});

    const auto answer = client_.frame();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->opcode, opcode::close);
    EXPECT_TRUE(close_code(*answer) == 1000 || close_code(*answer) == 1005) << close_code(*answer);
    expect_end(client_);
}

TEST_P(Closing, twice_is_answered_once) {
    client_.send(encode(close_frame(1000)) + encode(close_frame(1000)));

    expect_close_reply(client_, 1000);
}

TEST_P(Closing, leaves_pings_after_it_without_answer) {
    client_.send(encode(close_frame(1000)) + ping_frame("too late"));

    expect_close_reply(client_, 1000);
}

TEST_P(Closing, leaves_messages_after_it_without_answer) {
    client_.send(encode(close_frame(1000)) + text_frame("too late"));

    expect_close_reply(client_, 1000);
}

TEST_P(Closing, leaves_garbage_after_it_unread) {
    client_.send(encode(close_frame(1000)) + some_bytes(5000));

    expect_close_reply(client_, 1000);
}

TEST_P(Closing, in_the_middle_of_a_message_leaves_the_rest_without_answer) {
    client_.send(encode({.payload = "fragment1", .fin = false}) + encode(close_frame(1000)) +
                 encode({.opcode = opcode::continuation, .payload = "fragment2"}));

    expect_close_reply(client_, 1000);
}

TEST_P(Closing, after_a_long_message_is_answered_after_at_most_its_echo) {
    client_.send(text_frame(some_text(256 * 1024)) + encode(close_frame(1000)) + ping_frame());

    auto frame = client_.frame();
    ASSERT_TRUE(frame);
    if (frame->opcode == opcode::text) frame = client_.frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->opcode, opcode::close);
    EXPECT_EQ(close_code(*frame), 1000u);
    expect_end(client_);
}

TEST_P(Closing, only_half_of_the_connection_ends_the_other_half_too) {
    expect_echo(client_, {.is_text = true, .payload = "before"});

    client_.finish();

    EXPECT_NE(client_.wait_end(), End::open);
}

TEST_P(Closing, without_a_close_frame_leaves_the_host_working) {
    client_.reset();
    auto another = echo_client(GetParam());

    expect_echo(another, {.is_text = true, .payload = "still here"});
}

}  // namespace berth::test
