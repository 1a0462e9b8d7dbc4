// SPDX-License-Identifier: MIT
/// Family 6: text is UTF-8 (RFC 3629, RFC 6455 section 8.1), and what is not fails as soon as that is
/// certain, before the frame or the message is complete.
#include "conformance/suite.hpp"

namespace berth::test {

namespace {

std::string utf8(std::uint32_t number) {
    return utf8_pattern(number, number < 0x80 ? 1 : number < 0x800 ? 2 : number < 0x10000 ? 3 : 4);
}

std::vector<Row> valid_texts() {
    std::vector<Row> rows{{"greek", "\xCE\xBA\xCF\x8C\xCF\x83\xCE\xBC\xCE\xB5"},
                          {"mixed", some_text(200)},
                          {"nul", std::string(3, '\0')},
                          {"flag_of_two_characters", utf8(0x1F1EB) + utf8(0x1F1F7)},
                          {"combining", "a" + utf8(0x308) + utf8(0x301)}};
    for (const std::uint32_t point :
         {0x7Fu,    0x80u,    0x7FFu,   0x800u,   0xFFFu,    0x1000u,   0xCFFFu,  0xD000u,  0xD7FFu,
          0xE000u,  0xFDD0u,  0xFEFFu,  0xFFFDu,  0xFFFEu,   0xFFFFu,   0x10000u, 0x1FFFEu, 0x1FFFFu,
          0x2FFFEu, 0x3FFFFu, 0x40000u, 0xFFFFFu, 0x100000u, 0x10FFFEu, 0x10FFFFu})
        rows.push_back({"U_" + hexadecimal(point), utf8(point)});
    return rows;
}

/// Valid so far, but not complete: wrong only because the message ends there.
std::vector<Row> incomplete_texts() {
    std::vector<Row> rows;
    for (const std::uint32_t point : {0x80u, 0x7FFu, 0x800u, 0xFFFDu, 0x10000u, 0x10FFFFu}) {
        const std::string whole = utf8(point);
        for (std::size_t bytes = 1; bytes < whole.size(); ++bytes)
            rows.push_back(
                {"U_" + hexadecimal(point) + "_after_" + std::to_string(bytes), "text " + whole.substr(0, bytes)});
    }
    return rows;
}

}  // namespace

class ValidText : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Texts, ValidText, with(valid_texts()), name_of);

TEST_P(ValidText, is_echoed_in_one_frame) {
    expect_echo(client_, {.is_text = true, .payload = row().bytes});
}

TEST_P(ValidText, is_echoed_in_two_frames_cut_anywhere) {
    const std::size_t step = row().bytes.size() > 20 ? 7 : 1;
    for (std::size_t cut = 0; cut <= row().bytes.size(); cut += step) {
        ASSERT_TRUE(client_.send(Frame{.payload = row().bytes.substr(0, cut), .fin = false}));
        ASSERT_TRUE(client_.send(Frame{.opcode = opcode::continuation, .payload = row().bytes.substr(cut)}));
        EXPECT_EQ(next_message(client_).payload, row().bytes) << "cut after " << cut;
    }
}

TEST_P(ValidText, is_echoed_in_frames_of_one_byte) {
    ASSERT_TRUE(client_.send(fragmented({.is_text = true, .payload = row().bytes}, 1)));

    EXPECT_EQ(next_message(client_).payload, row().bytes);
}

TEST_P(ValidText, is_echoed_when_its_frame_arrives_byte_by_byte) {
    ASSERT_TRUE(client_.send_in_pieces(text_frame(row().bytes), 1));

    EXPECT_EQ(next_message(client_).payload, row().bytes);
}

class InvalidText : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Texts, InvalidText, with(texts_that_are_not_utf8()), name_of);

TEST_P(InvalidText, is_refused_in_one_frame) {
    client_.send(text_frame(row().bytes));

    expect_close(client_, 1007);
}

TEST_P(InvalidText, is_refused_in_frames_of_one_byte) {
    client_.send(fragmented({.is_text = true, .payload = row().bytes}, 1));

    expect_close(client_, 1007);
}

TEST_P(InvalidText, is_refused_when_its_frame_arrives_byte_by_byte) {
    client_.send_in_pieces(text_frame(row().bytes), 1);

    expect_close(client_, 1007);
}

TEST_P(InvalidText, is_refused_before_the_message_is_complete) {
    client_.send(Frame{.payload = "good so far " + row().bytes, .fin = false});

    expect_close(client_, 1007);
}

TEST_P(InvalidText, is_refused_before_the_frame_is_complete) {
    client_.send(Frame{.payload = "good so far " + row().bytes}, {.announced = 1000});

    expect_close(client_, 1007);
}

TEST_P(InvalidText, is_a_fine_buffer) {
    expect_echo(client_, {.is_text = false, .payload = row().bytes});
}

class IncompleteText : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Texts, IncompleteText, with(incomplete_texts()), name_of);

TEST_P(IncompleteText, is_refused_when_the_message_ends) {
    client_.send(text_frame(row().bytes));

    expect_close(client_, 1007);
}

TEST_P(IncompleteText, is_refused_when_the_last_frame_adds_nothing) {
    client_.send(encode({.payload = row().bytes, .fin = false}) + encode({.opcode = opcode::continuation}));

    expect_close(client_, 1007);
}

TEST_P(IncompleteText, is_not_refused_while_more_may_come) {
    ASSERT_TRUE(client_.send(encode({.payload = row().bytes, .fin = false}) + ping_frame("still there?")));
    const auto pong = client_.frame();

    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->opcode, opcode::pong);
}

}  // namespace berth::test
