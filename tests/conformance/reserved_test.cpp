// SPDX-License-Identifier: MIT
/// Families 3 and 4: reserved bits without an extension, and reserved opcodes (RFC 6455 section 5.2).
#include "conformance/suite.hpp"

namespace berth::test {

namespace {

struct Kind {
    const char* name;
    unsigned opcode;
    std::string payload;
};

std::vector<Row> reserved_bits() {
    const std::vector<Kind> kinds{{"text", opcode::text, "Hello"},
                                  {"buffer", opcode::binary, some_bytes(8)},
                                  {"ping", opcode::ping, "Hello"},
                                  {"pong", opcode::pong, "Hello"},
                                  {"close", opcode::close, close_payload(1000)},
                                  {"empty_text", opcode::text, ""}};
    std::vector<Row> rows;
    for (const auto& kind : kinds)
        for (unsigned rsv = 1; rsv <= 7; ++rsv)
            rows.push_back({std::string{kind.name} + "_with_bits_" + std::to_string(rsv),
                            encode({.opcode = kind.opcode, .payload = kind.payload, .rsv = rsv})});
    return rows;
}

std::vector<Row> reserved_opcodes() {
    std::vector<Row> rows;
    for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
        rows.push_back({"opcode_" + std::to_string(opcode) + "_empty", encode({.opcode = opcode})});
        rows.push_back(
            {"opcode_" + std::to_string(opcode), encode({.opcode = opcode, .payload = "payload"})});
        rows.push_back({"opcode_" + std::to_string(opcode) + "_unfinished",
                        encode({.opcode = opcode, .payload = "payload", .fin = false})});
    }
    return rows;
}

}  // namespace

class ReservedBits : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Frames, ReservedBits, with(reserved_bits()), name_of);
class ReservedOpcodes : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Frames, ReservedOpcodes, with(reserved_opcodes()), name_of);

#define REFUSED_EVERYWHERE(Suite)                                                        \
    TEST_P(Suite, is_refused_as_first_frame) {                                           \
        client_.send(row().bytes);                                                       \
        expect_close(client_, 1002);                                                     \
    }                                                                                    \
    TEST_P(Suite, is_refused_after_an_echo) {                                            \
        expect_echo(client_, {.is_text = true, .payload = "good"});                      \
        client_.send(row().bytes + ping_frame());                                        \
        expect_close(client_, 1002);                                                     \
    }                                                                                    \
    TEST_P(Suite, is_refused_in_one_segment_with_good_frames) {                          \
        client_.send(text_frame("good") + row().bytes + text_frame("never to be seen")); \
        expect_close(client_, 1002, 1);                                                  \
    }                                                                                    \
    TEST_P(Suite, is_refused_byte_by_byte) {                                             \
        client_.send_in_pieces(row().bytes, 1);                                          \
        expect_close(client_, 1002);                                                     \
    }                                                                                    \
    TEST_P(Suite, is_refused_between_fragments) {                                        \
        client_.send(encode({.payload = "first", .fin = false}) + row().bytes);          \
        expect_close(client_, 1002);                                                     \
    }

REFUSED_EVERYWHERE(ReservedBits)
REFUSED_EVERYWHERE(ReservedOpcodes)

}  // namespace berth::test
