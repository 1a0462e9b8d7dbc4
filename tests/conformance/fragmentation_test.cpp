// SPDX-License-Identifier: MIT
/// Family 5: fragmented messages, with control frames between their frames (RFC 6455 section 5.4).
#include "conformance/suite.hpp"

namespace berth::test {

namespace {

/// Frames of one text and what it says.
struct Split {
    std::string name;
    std::vector<std::string> pieces;
};

std::vector<Row> splits() {
    const std::vector<Split> all{{"two", {"fragment1", "fragment2"}},
                                 {"five", {"fragment1", "fragment2", "fragment3", "fragment4", "fragment5"}},
                                 {"first_empty", {"", "fragment2"}},
                                 {"last_empty", {"fragment1", ""}},
                                 {"all_empty", {"", "", ""}},
                                 {"middle_empty", {"fragment1", "", "fragment3"}},
                                 {"one_byte_each", {"a", "b", "c", "d", "e", "f", "g"}},
                                 {"of_growing_length",
                                  {"x", std::string(125, 'y'), std::string(126, 'z'), std::string(65535, 'u'),
                                   std::string(65536, 'v')}},
                                 {"in_the_middle_of_a_character", {"gr\xC3", "\xBC\xC3", "\x9F"}}};
    std::vector<Row> rows;
    for (const auto& split : all) {
        // The pieces travel to the test as a text with a separator that none of them contains.
        std::string joined;
        for (const auto& piece : split.pieces) joined += piece + '\n';
        rows.push_back({split.name, joined});
    }
    return rows;
}

std::vector<std::string> pieces_of(const std::string& joined) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0, end = 0; (end = joined.find('\n', at)) != std::string::npos; at = end + 1)
        pieces.push_back(joined.substr(at, end - at));
    return pieces;
}

std::string whole_of(const std::string& joined) {
    std::string whole;
    for (const auto& piece : pieces_of(joined)) whole += piece;
    return whole;
}

std::string frames_of(const std::string& joined, const std::string& between = {},
                      unsigned code = opcode::text) {
    std::string bytes;
    const auto pieces = pieces_of(joined);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i > 0) bytes += between;
        bytes += frame_of(i == 0 ? code : opcode::continuation, pieces[i], i + 1 == pieces.size());
    }
    return bytes;
}

}  // namespace

class Fragments : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Splits, Fragments, with(splits()), name_of);

TEST_P(Fragments, are_put_together) {
    ASSERT_TRUE(client_.send(frames_of(row().bytes)));

    EXPECT_TRUE(next_message(client_) == (Message{.is_text = true, .payload = whole_of(row().bytes)}));
}

TEST_P(Fragments, of_a_buffer_are_put_together) {
    ASSERT_TRUE(client_.send(frames_of(row().bytes, {}, opcode::binary)));

    EXPECT_TRUE(next_message(client_) == (Message{.is_text = false, .payload = whole_of(row().bytes)}));
}

TEST_P(Fragments, are_put_together_when_each_arrives_in_small_segments) {
    ASSERT_TRUE(client_.send_in_pieces(frames_of(row().bytes), row().bytes.size() > 1000 ? 509 : 1));

    EXPECT_TRUE(next_message(client_).payload == whole_of(row().bytes));
}

TEST_P(Fragments, let_pings_pass_between_them_which_are_answered_first) {
    ASSERT_TRUE(client_.send(frames_of(row().bytes, ping_frame("ping"))));

    for (std::size_t i = 1; i < pieces_of(row().bytes).size(); ++i) {
        const auto pong = client_.frame();
        ASSERT_TRUE(pong);
        EXPECT_EQ(pong->opcode, opcode::pong);
        EXPECT_EQ(pong->payload, "ping");
    }
    EXPECT_TRUE(next_message(client_).payload == whole_of(row().bytes));
}

TEST_P(Fragments, let_pongs_pass_between_them) {
    ASSERT_TRUE(client_.send(frames_of(row().bytes, encode({.opcode = opcode::pong, .payload = "pong"}))));

    EXPECT_TRUE(next_message(client_).payload == whole_of(row().bytes));
}

TEST_P(Fragments, of_several_messages_in_one_segment_stay_apart) {
    ASSERT_TRUE(client_.send(frames_of(row().bytes) + text_frame("between") + frames_of(row().bytes)));

    EXPECT_TRUE(next_message(client_).payload == whole_of(row().bytes));
    EXPECT_EQ(next_message(client_).payload, "between");
    EXPECT_TRUE(next_message(client_).payload == whole_of(row().bytes));
}

class WrongSequences : public RowTest {};
INSTANTIATE_TEST_SUITE_P(Sequences, WrongSequences, with(wrong_sequences_of_frames()), name_of);

TEST_P(WrongSequences, are_refused) {
    client_.send(row().bytes);

    expect_close(client_, 1002);
}

TEST_P(WrongSequences, are_refused_after_a_fragmented_message) {
    client_.send(frame_of(opcode::text, "a", false) + frame_of(opcode::continuation, "b", true));
    EXPECT_EQ(next_message(client_).payload, "ab");
    client_.send(row().bytes);

    expect_close(client_, 1002);
}

TEST_P(WrongSequences, are_refused_byte_by_byte) {
    client_.send_in_pieces(row().bytes, 1);

    expect_close(client_, 1002);
}

class FragmentRules : public TransportTest {};
INSTANTIATE_TEST_SUITE_P(Transports, FragmentRules, both_transports(), name_of_transport);

TEST_P(FragmentRules, a_close_between_fragments_closes_and_the_message_is_never_seen) {
    client_.send(frame_of(opcode::text, "first", false) +
                 encode({.opcode = opcode::close, .payload = close_payload(1000)}));

    expect_close_reply(client_, 1000);
}

TEST_P(FragmentRules, messages_and_pings_alternate_without_mixing) {
    std::string bytes;
    for (int i = 0; i < 5; ++i)
        bytes += frame_of(opcode::text, "a", false) + ping_frame("1") + frame_of(opcode::continuation, "b", false) +
                 ping_frame("2") + frame_of(opcode::continuation, "c", true);
    ASSERT_TRUE(client_.send(bytes));

    int pongs = 0, messages = 0;
    while (pongs < 10 || messages < 5) {
        const auto frame = client_.frame();
        ASSERT_TRUE(frame) << pongs << " pongs, " << messages << " messages";
        if (frame->opcode == opcode::pong) {
            EXPECT_EQ(frame->payload, pongs % 2 == 0 ? "1" : "2");
            ++pongs;
        } else {
            EXPECT_EQ(frame->payload, "abc");
            ++messages;
        }
    }
}

}  // namespace berth::test
