// SPDX-License-Identifier: MIT
#include "support/hostile_frames.hpp"

#include <random>

#include "support/frame.hpp"

namespace berth::test {
namespace {

struct Kind {
    const char* name;
    unsigned opcode;
    std::string payload;
};

}  // namespace

std::string some_bytes(std::size_t count) {
    std::minstd_rand random{static_cast<std::minstd_rand::result_type>(count + 1)};
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() >> 8 & 0xFF);
    return bytes;
}

std::string utf8_pattern(std::uint32_t number, int bytes) {
    if (bytes == 1) return std::string(1, static_cast<char>(number));
    std::string out(static_cast<std::size_t>(bytes), '\0');
    for (auto i = out.size() - 1; i > 0; --i, number >>= 6)
        out[i] = static_cast<char>(0x80 | (number & 0x3F));
    out[0] = static_cast<char>((0xFF00 >> bytes & 0xFF) | number);
    return out;
}

std::string hexadecimal(std::uint32_t number) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (; number > 0 || out.empty(); number >>= 4) out.insert(out.begin(), digits[number & 15]);
    return out;
}

std::string frame_of(unsigned code, std::string_view payload, bool fin) {
    return encode({.opcode = code, .payload = std::string{payload}, .fin = fin});
}

std::vector<Sample> frames_of_long_forms() {
    const auto frame = [](std::size_t length, LengthForm form) {
        return encode({.payload = std::string(length, 'x')}, {.form = form});
    };
    return {{"0_in_two_bytes", frame(0, LengthForm::two_bytes)},
            {"1_in_two_bytes", frame(1, LengthForm::two_bytes)},
            {"125_in_two_bytes", frame(125, LengthForm::two_bytes)},
            {"0_in_eight_bytes", frame(0, LengthForm::eight_bytes)},
            {"125_in_eight_bytes", frame(125, LengthForm::eight_bytes)},
            {"126_in_eight_bytes", frame(126, LengthForm::eight_bytes)},
            {"65535_in_eight_bytes", frame(65535, LengthForm::eight_bytes)}};
}

std::vector<Sample> frames_without_mask() {
    const auto frame = [](unsigned opcode, std::string payload) {
        return encode({.opcode = opcode, .payload = std::move(payload)}, {.masked = false});
    };
    return {{"text", frame(opcode::text, "hello")},
            {"empty_text", frame(opcode::text, "")},
            {"buffer", frame(opcode::binary, "hello")},
            {"ping", frame(opcode::ping, "")},
            {"pong", frame(opcode::pong, "")},
            {"close", frame(opcode::close, close_payload(1000))},
            {"long_text", frame(opcode::text, std::string(70000, 'x'))}};
}

std::vector<Sample> frames_with_reserved_bits() {
    const std::vector<Kind> kinds{{"text", opcode::text, "Hello"},
                                  {"buffer", opcode::binary, some_bytes(8)},
                                  {"ping", opcode::ping, "Hello"},
                                  {"pong", opcode::pong, "Hello"},
                                  {"close", opcode::close, close_payload(1000)},
                                  {"empty_text", opcode::text, ""}};
    std::vector<Sample> rows;
    for (const auto& kind : kinds)
        for (unsigned rsv = 1; rsv <= 7; ++rsv)
            rows.push_back({std::string{kind.name} + "_with_bits_" + std::to_string(rsv),
                            encode({.opcode = kind.opcode, .payload = kind.payload, .rsv = rsv})});
    return rows;
}

std::vector<Sample> frames_with_reserved_opcodes() {
    std::vector<Sample> rows;
    for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
        rows.push_back({"opcode_" + std::to_string(opcode) + "_empty", encode({.opcode = opcode})});
        rows.push_back(
            {"opcode_" + std::to_string(opcode), encode({.opcode = opcode, .payload = "payload"})});
        rows.push_back({"opcode_" + std::to_string(opcode) + "_unfinished",
                        encode({.opcode = opcode, .payload = "payload", .fin = false})});
    }
    return rows;
}

std::vector<Sample> wrong_sequences_of_frames() {
    const std::string first = frame_of(opcode::text, "first ", false),
                      more = frame_of(opcode::continuation, "more ", false),
                      last = frame_of(opcode::continuation, "last", true);
    return {
        {"ping_in_two_frames", frame_of(opcode::ping, "a", false) + frame_of(opcode::continuation, "b", true)},
        {"pong_in_two_frames", frame_of(opcode::pong, "a", false) + frame_of(opcode::continuation, "b", true)},
        {"close_in_two_frames",
         frame_of(opcode::close, close_payload(1000), false) + frame_of(opcode::continuation, "", true)},
        {"continuation_of_nothing", last + frame_of(opcode::text, "hello", true)},
        {"unfinished_continuation_of_nothing", more + frame_of(opcode::text, "hello", true)},
        {"empty_continuation_of_nothing", frame_of(opcode::continuation, "", true)},
        {"text_within_a_text", first + frame_of(opcode::text, "second", true)},
        {"buffer_within_a_text", first + frame_of(opcode::binary, "second", true)},
        {"text_within_a_buffer", frame_of(opcode::binary, "first", false) + frame_of(opcode::text, "second", true)},
        {"unfinished_text_within_a_text", first + frame_of(opcode::text, "second", false)},
        {"text_after_two_frames_of_a_text", first + more + frame_of(opcode::text, "third", true)},
        {"unfinished_ping", frame_of(opcode::ping, "a", false)}};
}

std::vector<Sample> bad_close_codes() {
    std::vector<Sample> payloads;
    for (const unsigned code : {0u, 1u, 100u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 1999u, 2000u, 2999u, 5000u, 9999u, 65535u})
        payloads.push_back({"code_" + std::to_string(code), close_payload(code)});
    return payloads;
}

std::vector<Sample> bad_close_payloads() {
    return {{"of_one_byte", "\x03"},
            {"of_126_bytes", close_payload(1000, std::string(124, '*'))},
            {"of_one_zero_byte", std::string(1, '\0')}};
}

std::vector<Sample> bad_close_reasons() {
    return {{"overlong", close_payload(1000, "\xC0\xAF")},
            {"surrogate", close_payload(1000, "fine \xED\xA0\x80")},
            {"cut", close_payload(1000, "cut \xE2\x82")},
            {"FF", close_payload(3000, "\xFF")}};
}

std::vector<Sample> texts_that_are_not_utf8() {
    std::vector<Sample> rows{{"beyond_the_last_character", utf8_pattern(0x110000, 4)},
                          {"five_bytes", utf8_pattern(0x200000, 5)},
                          {"five_bytes_largest", utf8_pattern(0x3FFFFFF, 5)},
                          {"six_bytes", utf8_pattern(0x4000000, 6)},
                          {"six_bytes_largest", utf8_pattern(0x7FFFFFFF, 6)},
                          {"four_bytes_largest", utf8_pattern(0x1FFFFF, 4)},
                          {"FE", "\xFE"},
                          {"FF", "\xFF"},
                          {"FE_FE_FF_FF", "\xFE\xFE\xFF\xFF"},
                          {"two_surrogates_that_would_pair", utf8_pattern(0xD800, 3) + utf8_pattern(0xDC00, 3)},
                          {"two_surrogates_the_last_ones", utf8_pattern(0xDBFF, 3) + utf8_pattern(0xDFFF, 3)},
                          {"greek_then_surrogate_then_text",
                           "\xCE\xBA\xCF\x8C\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80"
                           "edited"},
                          {"all_continuation_bytes", [] {
                               std::string all;
                               for (int byte = 0x80; byte < 0xC0; ++byte) all += static_cast<char>(byte);
                               return all;
                           }()}};
    for (const std::uint32_t number : {0x00u, 0x2Fu, 0x7Fu}) {
        rows.push_back({"overlong_" + hexadecimal(number) + "_in_2", utf8_pattern(number, 2)});
        rows.push_back({"overlong_" + hexadecimal(number) + "_in_3", utf8_pattern(number, 3)});
        rows.push_back({"overlong_" + hexadecimal(number) + "_in_4", utf8_pattern(number, 4)});
        rows.push_back({"overlong_" + hexadecimal(number) + "_in_5", utf8_pattern(number, 5)});
        rows.push_back({"overlong_" + hexadecimal(number) + "_in_6", utf8_pattern(number, 6)});
    }
    rows.push_back({"overlong_7FF_in_3", utf8_pattern(0x7FF, 3)});
    rows.push_back({"overlong_FFFF_in_4", utf8_pattern(0xFFFF, 4)});
    for (const std::uint32_t surrogate : {0xD800u, 0xDB7Fu, 0xDB80u, 0xDBFFu, 0xDC00u, 0xDF80u, 0xDFFFu})
        rows.push_back({"surrogate_" + hexadecimal(surrogate), utf8_pattern(surrogate, 3)});
    for (const std::string continuation : {"\x80", "\xBF", "\x80\xBF", "\x80\xBF\x80", "\x80\xBF\x80\xBF"})
        rows.push_back({"continuation_bytes_" + std::to_string(continuation.size()) + "_from_" +
                            hexadecimal(static_cast<unsigned char>(continuation[0])),
                        continuation});
    for (const unsigned lead :
         {0xC0u, 0xC1u, 0xC2u, 0xDFu, 0xE0u, 0xEFu, 0xF0u, 0xF4u, 0xF5u, 0xF7u, 0xF8u, 0xFBu, 0xFCu, 0xFDu})
        rows.push_back(
            {"lead_" + hexadecimal(lead) + "_then_a_blank", std::string(1, static_cast<char>(lead)) + " "});
    for (const int bytes : {2, 3, 4}) {
        const std::string cut =
            utf8_pattern(bytes == 2 ? 0x7FF : bytes == 3 ? 0xFFFF : 0x10FFFF, bytes).substr(0, static_cast<std::size_t>(bytes) - 1);
        rows.push_back({"last_byte_of_" + std::to_string(bytes) + "_missing_then_text", cut + "x"});
    }
    return rows;
}

}  // namespace berth::test
