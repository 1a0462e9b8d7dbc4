// SPDX-License-Identifier: MIT
/// Family 1: messages of every length form come back unchanged (RFC 6455 section 5.2), and lengths that are
/// written in another way than the RFC says do not pass.
#include "conformance/suite.hpp"

namespace berth::test {

namespace {

std::vector<Row> lengths() {
    std::vector<Row> rows;
    for (const std::size_t length :
         {0u,   1u,   2u,    3u,    4u,    5u,    7u,     8u,     9u,     124u,   125u,   126u,   127u,
          128u, 129u, 1023u, 1024u, 4095u, 4096u, 16384u, 65534u, 65535u, 65536u, 65537u, 131072u})
        rows.push_back({"length_" + std::to_string(length), std::string(length, '*')});
    return rows;
}

}  // namespace

class Framing : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Lengths, Framing, with(lengths()), name_of);

TEST_P(Framing, echoes_a_text_of_each_length) {
    expect_echo(client_, {.is_text = true, .payload = row().bytes});
}

TEST_P(Framing, echoes_a_buffer_of_each_length) {
    expect_echo(client_, {.is_text = false, .payload = some_bytes(row().bytes.size())});
}

TEST_P(Framing, echoes_a_text_that_arrives_in_segments_of_997_bytes) {
    ASSERT_TRUE(client_.send_in_pieces(text_frame(row().bytes), 997));

    EXPECT_TRUE(next_message(client_).payload == row().bytes);
}

class FramingLongForms : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Lengths, FramingLongForms, with(frames_of_long_forms()), name_of);

TEST_P(FramingLongForms, a_length_that_is_not_written_in_the_shortest_form_is_refused) {
    client_.send(row().bytes);

    expect_close(client_, 1002);
}

class FramingUnmasked : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Frames, FramingUnmasked, with(frames_without_mask()), name_of);

// RFC 6455 section 5.1: a server must close on a frame that is not masked.
TEST_P(FramingUnmasked, a_frame_without_a_mask_is_refused) {
    client_.send(row().bytes);

    expect_close(client_, 1002);
}

TEST_P(FramingUnmasked, a_frame_without_a_mask_is_refused_after_good_messages_too) {
    expect_echo(client_, {.is_text = true, .payload = "good"});
    client_.send(row().bytes);

    expect_close(client_, 1002);
}

class FramingMasks : public TransportTest {};
INSTANTIATE_TEST_SUITE_P(Transports, FramingMasks, both_transports(), name_of_transport);

TEST_P(FramingMasks, any_key_is_a_mask) {
    for (const std::uint32_t key : {0u, 1u, 0xFFu, 0xFF000000u, 0x80808080u, 0xFFFFFFFFu, 0x12345678u})
        for (const std::size_t length : {1u, 3u, 4u, 5u, 17u, 126u, 4099u}) {
            const std::string payload = some_text(length);
            ASSERT_TRUE(client_.send(Frame{.payload = payload}, {.key = key}));
            EXPECT_EQ(next_message(client_).payload, payload) << "key " << key << ", length " << length;
        }
}

TEST_P(FramingMasks, a_header_may_arrive_byte_by_byte) {
    for (const std::size_t length : {5u, 200u, 70000u}) {
        const std::string payload = some_text(length), frame = text_frame(payload);
        const std::size_t head = std::min<std::size_t>(frame.size(), 20);
        ASSERT_TRUE(client_.send_in_pieces(frame.substr(0, head), 1));
        ASSERT_TRUE(client_.send(frame.substr(head)));
        EXPECT_TRUE(next_message(client_).payload == payload);
    }
}

TEST_P(FramingMasks, many_frames_may_arrive_in_one_segment_and_are_answered_in_order) {
    std::string bytes;
    for (int i = 0; i < 60; ++i) bytes += text_frame("message " + std::to_string(i));
    ASSERT_TRUE(client_.send(bytes));

    for (int i = 0; i < 60; ++i) EXPECT_EQ(next_message(client_).payload, "message " + std::to_string(i));
}

}  // namespace berth::test
