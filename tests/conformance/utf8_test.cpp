// SPDX-License-Identifier: MIT
/// Family 6: text is UTF-8 (RFC 3629, RFC 6455 section 8.1), and what is not fails as soon as that is
/// certain, before the frame or the message is complete.
#include <array>

#include "conformance/suite.hpp"

namespace berth::test {

namespace {

/// The plain bit pattern for a number in that many bytes, whether RFC 3629 allows it or not.
std::string pattern(std::uint32_t number, int bytes) {
    if (bytes == 1) return std::string(1, static_cast<char>(number));
    std::string out(static_cast<std::size_t>(bytes), '\0');
    for (auto i = out.size() - 1; i > 0; --i, number >>= 6)
        out[i] = static_cast<char>(0x80 | (number & 0x3F));
    out[0] = static_cast<char>((0xFF00 >> bytes & 0xFF) | number);
    return out;
}

std::string utf8(std::uint32_t number) {
    return pattern(number, number < 0x80 ? 1 : number < 0x800 ? 2 : number < 0x10000 ? 3 : 4);
}

std::string hex(std::uint32_t number) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (; number > 0 || out.empty(); number >>= 4) out.insert(out.begin(), digits[number & 15]);
    return out;
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
        rows.push_back({"U_" + hex(point), utf8(point)});
    return rows;
}

/// Each is wrong at its last byte at the latest; whatever could follow cannot save it.
std::vector<Row> invalid_texts() {
    std::vector<Row> rows{{"beyond_the_last_character", pattern(0x110000, 4)},
                          {"five_bytes", pattern(0x200000, 5)},
                          {"five_bytes_largest", pattern(0x3FFFFFF, 5)},
                          {"six_bytes", pattern(0x4000000, 6)},
                          {"six_bytes_largest", pattern(0x7FFFFFFF, 6)},
                          {"four_bytes_largest", pattern(0x1FFFFF, 4)},
                          {"FE", "\xFE"},
                          {"FF", "\xFF"},
                          {"FE_FE_FF_FF", "\xFE\xFE\xFF\xFF"},
                          {"two_surrogates_that_would_pair", pattern(0xD800, 3) + pattern(0xDC00, 3)},
                          {"two_surrogates_the_last_ones", pattern(0xDBFF, 3) + pattern(0xDFFF, 3)},
                          {"greek_then_surrogate_then_text",
                           "\xCE\xBA\xCF\x8C\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80"
                           "edited"},
                          {"all_continuation_bytes", [] {
                               std::string all;
                               for (int byte = 0x80; byte < 0xC0; ++byte) all += static_cast<char>(byte);
                               return all;
                           }()}};
    for (const std::uint32_t number : {0x00u, 0x2Fu, 0x7Fu}) {
        rows.push_back({"overlong_" + hex(number) + "_in_2", pattern(number, 2)});
        rows.push_back({"overlong_" + hex(number) + "_in_3", pattern(number, 3)});
        rows.push_back({"overlong_" + hex(number) + "_in_4", pattern(number, 4)});
        rows.push_back({"overlong_" + hex(number) + "_in_5", pattern(number, 5)});
        rows.push_back({"overlong_" + hex(number) + "_in_6", pattern(number, 6)});
    }
    rows.push_back({"overlong_7FF_in_3", pattern(0x7FF, 3)});
    rows.push_back({"overlong_FFFF_in_4", pattern(0xFFFF, 4)});
    for (const std::uint32_t surrogate : {0xD800u, 0xDB7Fu, 0xDB80u, 0xDBFFu, 0xDC00u, 0xDF80u, 0xDFFFu})
        rows.push_back({"surrogate_" + hex(surrogate), pattern(surrogate, 3)});
    for (const std::string continuation : {"\x80", "\xBF", "\x80\xBF", "\x80\xBF\x80", "\x80\xBF\x80\xBF"})
        rows.push_back({"continuation_bytes_" + std::to_string(continuation.size()) + "_from_" +
                            hex(static_cast<unsigned char>(continuation[0])),
                        continuation});
    for (const unsigned lead :
         {0xC0u, 0xC1u, 0xC2u, 0xDFu, 0xE0u, 0xEFu, 0xF0u, 0xF4u, 0xF5u, 0xF7u, 0xF8u, 0xFBu, 0xFCu, 0xFDu})
        rows.push_back(
            {"lead_" + hex(lead) + "_then_a_blank", std::string(1, static_cast<char>(lead)) + " "});
    for (const int bytes : {2, 3, 4}) {
        const std::string cut = utf8(bytes == 2   ? 0x7FF
                                     : bytes == 3 ? 0xFFFF
                                                  : 0x10FFFF)
                                    .substr(0, static_cast<std::size_t>(bytes) - 1);
        rows.push_back({"last_byte_of_" + std::to_string(bytes) + "_missing_then_text", cut + "x"});
    }
    return rows;
}

/// Valid so far, but not complete: wrong only because the message ends there.
std::vector<Row> incomplete_texts() {
    std::vector<Row> rows;
    for (const std::uint32_t point : {0x80u, 0x7FFu, 0x800u, 0xFFFDu, 0x10000u, 0x10FFFFu}) {
        const std::string whole = utf8(point);
        for (std::size_t bytes = 1; bytes < whole.size(); ++bytes)
            rows.push_back(
                {"U_" + hex(point) + "_after_" + std::to_string(bytes), "text " + whole.substr(0, bytes)});
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
INSTANTIATE_TEST_SUITE_P(Texts, InvalidText, with(invalid_texts()), name_of);

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
