// SPDX-License-Identifier: MIT
/// Families 9 and 10: large messages, large numbers of messages and of fragments, and the limits.
#include "conformance/suite.hpp"

namespace berth::test {

namespace {

std::vector<Row> numbers(std::string_view name, std::initializer_list<std::size_t> list) {
    std::vector<Row> rows;
    for (const std::size_t number : list)
        rows.push_back({std::string{name} + "_" + std::to_string(number), std::to_string(number)});
    return rows;
}

Frame frame_of(const Message& message) {
    return {.opcode = message.is_text ? opcode::text : opcode::binary, .payload = message.payload};
}

}  // namespace

class NumberTest : public RowTest {
protected:
    [[nodiscard]] std::size_t number() const { return std::stoul(row().bytes); }
    void expect_back(const Message& message) {
        const Message answer = next_message(client_, Deadline{std::chrono::seconds{30}});
        EXPECT_EQ(answer.is_text, message.is_text);
        EXPECT_TRUE(answer.payload == message.payload) << answer.payload.size() << " bytes came back";
        EXPECT_EQ(client_.violation(), "");
    }
};

class LargeMessages : public NumberTest {};
INSTANTIATE_TEST_SUITE_P(Sizes, LargeMessages,
                         with(numbers("bytes", {65536, 262144, message_bytes_max - 1, message_bytes_max})),
                         name_of);

TEST_P(LargeMessages, of_text_come_back) {
    expect_echo(client_, {.is_text = true, .payload = some_text(number())});
}
TEST_P(LargeMessages, of_bytes_come_back) {
    expect_echo(client_, {.is_text = false, .payload = some_bytes(number())});
}

class LargeFragmented : public NumberTest {};
INSTANTIATE_TEST_SUITE_P(FragmentSizes, LargeFragmented,
                         with(numbers("bytes", {64, 256, 1024, 4096, 16384, 65536, 262144, 1048576})),
                         name_of);

TEST_P(LargeFragmented, texts_come_back) {
    const Message message{.is_text = true, .payload = some_text(message_bytes_max)};
    ASSERT_TRUE(client_.send(fragmented(message, number())));

    expect_back(message);
}

TEST_P(LargeFragmented, buffers_come_back) {
    const Message message{.is_text = false, .payload = some_bytes(message_bytes_max)};
    ASSERT_TRUE(client_.send(fragmented(message, number())));

    expect_back(message);
}

class LargeInSegments : public NumberTest {};
INSTANTIATE_TEST_SUITE_P(SegmentSizes, LargeInSegments,
                         with(numbers("bytes", {64, 128, 256, 512, 1024, 2048})), name_of);

TEST_P(LargeInSegments, a_text_comes_back) {
    const Message message{.is_text = true, .payload = some_text(256 * 1024)};
    ASSERT_TRUE(
        client_.send_in_pieces(encode(frame_of(message)), number(), Deadline{std::chrono::seconds{30}}));

    expect_back(message);
}

TEST_P(LargeInSegments, a_buffer_comes_back) {
    const Message message{.is_text = false, .payload = some_bytes(256 * 1024)};
    ASSERT_TRUE(
        client_.send_in_pieces(encode(frame_of(message)), number(), Deadline{std::chrono::seconds{30}}));

    expect_back(message);
}

class ManyMessages : public NumberTest {};
INSTANTIATE_TEST_SUITE_P(Sizes, ManyMessages, with(numbers("bytes", {0, 16, 64, 256, 1024, 4096, 16384})),
                         name_of);

TEST_P(ManyMessages, a_thousand_texts_one_after_the_other) {
    const Message message{.is_text = true, .payload = some_text(number())};
    for (int i = 0; i < 1000 && !HasFailure(); ++i) {
        ASSERT_TRUE(client_.send(frame_of(message)));
        expect_back(message);
    }
}

TEST_P(ManyMessages, a_thousand_buffers_at_once) {
    std::string bytes;
    for (int i = 0; i < 1000; ++i)
        bytes += encode(frame_of({.is_text = false, .payload = some_bytes(number())}));
    ASSERT_TRUE(client_.send(bytes, Deadline{std::chrono::seconds{60}}));

    const std::string expected = some_bytes(number());
    for (int i = 0; i < 1000 && !HasFailure(); ++i) EXPECT_TRUE(next_message(client_).payload == expected);
}

class AutoFragment : public NumberTest {};
INSTANTIATE_TEST_SUITE_P(Frames, AutoFragment,
                         with(numbers("frames", {2, 64, 127, 128, 129, 512, 1300, 4096, 8192})), name_of);

TEST_P(AutoFragment, a_text_in_that_many_frames_comes_back) {
    const Message message{.is_text = true, .payload = some_text(number() * 8)};
    ASSERT_TRUE(client_.send(fragmented(message, 8)));

    expect_back(message);
}

TEST_P(AutoFragment, with_a_ping_between_all_of_them_comes_back) {
    const Message message{.is_text = false, .payload = some_bytes(number() * 8)};
    std::string bytes;
    for (std::size_t i = 0; i < number(); ++i) {
        bytes += encode({.opcode = i == 0 ? opcode::binary : opcode::continuation,
                         .payload = message.payload.substr(i * 8, 8),
                         .fin = i + 1 == number()});
        bytes += ping_frame(std::to_string(i));
    }
    ASSERT_TRUE(client_.send(bytes, Deadline{std::chrono::seconds{30}}));

    std::size_t pongs = 0;
    bool whole = false;
    while (pongs < number() || !whole) {
        const auto frame = client_.frame();
        ASSERT_TRUE(frame) << pongs << " pongs";
        if (frame->opcode == opcode::pong) {
            EXPECT_EQ(frame->payload, std::to_string(pongs++));
            continue;
        }
        EXPECT_TRUE(frame->payload == message.payload);
        whole = true;
    }
}

class AnnouncedLengths : public NumberTest {};
INSTANTIATE_TEST_SUITE_P(Lengths, AnnouncedLengths,
                         with(numbers("bytes",
                                      {message_bytes_max + 1, message_bytes_max * 2, std::size_t{1} << 31,
                                       (std::size_t{1} << 32) - 1, std::size_t{1} << 32, std::size_t{1} << 40,
                                       (std::size_t{1} << 63) - 1})),
                         name_of);

TEST_P(AnnouncedLengths, over_the_limit_are_refused_at_the_header) {
    client_.send(Frame{.opcode = opcode::binary}, {.announced = number()});

    expect_close(client_, 1009);
}

TEST_P(AnnouncedLengths, over_the_limit_are_refused_at_the_header_of_a_later_frame) {
    client_.send(encode({.payload = "first", .fin = false}) +
                 encode({.opcode = opcode::continuation}, {.announced = number()}));

    expect_close(client_, 1009);
}

class Limits : public TransportTest {};
INSTANTIATE_TEST_SUITE_P(Transports, Limits, both_transports(), name_of_transport);

// RFC 6455 section 5.2: the most significant bit of a length in eight bytes must be 0.
TEST_P(Limits, a_length_with_its_highest_bit_is_a_protocol_error) {
    client_.send(Frame{.opcode = opcode::binary}, {.announced = std::uint64_t{1} << 63});

    expect_close(client_, 1002);
}

TEST_P(Limits, fragments_that_pass_the_limit_together_are_refused_at_the_header_that_passes_it) {
    const std::string half(message_bytes_max / 2, 'x');
    client_.send(encode({.payload = half, .fin = false}) +
                 encode({.opcode = opcode::continuation, .payload = half, .fin = false}) +
                 encode({.opcode = opcode::continuation}, {.announced = 1}).substr(0, 6));

    expect_close(client_, 1009);
}

TEST_P(Limits, fragments_without_end_are_refused) {
    const std::string empty = encode({.opcode = opcode::continuation, .fin = false});
    client_.send(Frame{.payload = "first", .fin = false});
    for (int i = 0; i < 40 && client_.end() == End::open; ++i) {
        std::string bytes;
        for (int k = 0; k < 1000; ++k) bytes += empty;
        client_.send(bytes);
        if (!client_.input().empty()) break;
    }

    expect_close(client_, 1008);
}

TEST_P(Limits, one_client_that_is_refused_leaves_the_others_alone) {
    auto other = echo_client(GetParam());
    client_.send(Frame{.opcode = opcode::binary}, {.announced = std::uint64_t{1} << 40});
    expect_close(client_, 1009);

    expect_echo(other, {.is_text = true, .payload = "still here"});
}

}  // namespace berth::test
