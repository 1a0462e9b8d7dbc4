// SPDX-License-Identifier: MIT
/// Families 3 and 4: reserved bits without an extension, and reserved opcodes (RFC 6455 section 5.2).
#include "conformance/suite.hpp"

namespace berth::test {

class ReservedBits : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Frames, ReservedBits, with(frames_with_reserved_bits()), name_of);
class ReservedOpcodes : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Frames, ReservedOpcodes, with(frames_with_reserved_opcodes()), name_of);

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
