// SPDX-License-Identifier: MIT
/// Families 12 and 13: compressed messages of all sizes, in fragments, and under every agreement (RFC 7692).
#include "conformance/suite.hpp"
#include "support/deflate.hpp"

namespace berth::test {

namespace {

// The host of this program, which is started at the first use.
const bool is_configured = (more_configuration() =
                                "[defaults.compression]\nenabled = true\nminimum = \"1 B\"\nserver_context = true\n"
                                "client_context = true\n",
                            true);

constexpr auto extensions = "Sec-WebSocket-Extensions";
constexpr std::size_t messages = 20;

/// An offer, what the host answers, and what then holds.
struct Agreement {
    const char* name;
    const char* offer;
    const char* answer;
    Deflate::Options holds;
};

const std::vector<Agreement>& agreements() {
    static const std::vector<Agreement> all{
        {"plain_offer", "permessage-deflate", "permessage-deflate", {15, 15, true, true}},
        {"as_browsers", "permessage-deflate; client_max_window_bits", "permessage-deflate", {15, 15, true, true}},
        {"server_alone", "permessage-deflate; server_no_context_takeover",
         "permessage-deflate; server_no_context_takeover", {15, 15, true, false}},
        {"client_alone", "permessage-deflate; client_no_context_takeover",
         "permessage-deflate; client_no_context_takeover", {15, 15, false, true}},
        {"both_alone", "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
         "permessage-deflate; server_no_context_takeover; client_no_context_takeover", {15, 15, false, false}},
        {"small_windows", "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
         "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9", {9, 9, true, true}},
        {"large_windows", "permessage-deflate; server_max_window_bits=15; client_max_window_bits=15",
         "permessage-deflate; server_max_window_bits=15", {15, 15, true, true}},
        {"small_and_alone", "permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
         "permessage-deflate; server_no_context_takeover; server_max_window_bits=9", {15, 9, true, false}},
        {"second_offer", "permessage-deflate; mystery, permessage-deflate; server_max_window_bits=10",
         "permessage-deflate; server_max_window_bits=10", {15, 10, true, true}}};
    return all;
}

std::vector<Row> rows() {
    std::vector<Row> all;
    for (std::size_t i = 0; i < agreements().size(); ++i) all.push_back({agreements()[i].name, std::to_string(i)});
    return all;
}

}  // namespace

class Compression : public testing::TestWithParam<TransportAndRow> {
protected:
    [[nodiscard]] const Agreement& agreement() const { return agreements()[std::stoul(std::get<1>(GetParam()).bytes)]; }
    void SetUp() override {
        const auto reply = client_.ask("/echo", {{extensions, agreement().offer}});
        ASSERT_EQ(reply.status, 101);
        ASSERT_EQ(reply.header(extensions), agreement().answer);
        client_.allow_compression();
    }
    /// The next data message, whatever its form.
    Message next() {
        const auto frame = client_.frame();
        EXPECT_TRUE(frame);
        if (!frame) return {};
        EXPECT_LE(frame->opcode, opcode::binary) << frame->payload;
        return {.is_text = frame->opcode == opcode::text, .payload = deflate_.text_of(*frame)};
    }
    void expect_back(const Message& message) {
        const Message answer = next();
        EXPECT_EQ(answer.is_text, message.is_text);
        EXPECT_TRUE(answer.payload == message.payload) << answer.payload.size() << " of " << message.payload.size() << " bytes";
    }

    RawClient client_{echo_host().endpoint(std::get<0>(GetParam()))};
    Deflate deflate_{agreement().holds};
};
INSTANTIATE_TEST_SUITE_P(Agreements, Compression, with(rows()), name_of);

TEST_P(Compression, messages_of_all_sizes_come_back) {
    for (const std::size_t size : {0u, 1u, 16u, 125u, 126u, 1024u, 16384u, 65535u, 65536u, 131072u}) {
        for (std::size_t i = 0; i < 3; ++i) {
            const Message text{.is_text = true, .payload = some_text(size)}, buffer{.is_text = false, .payload = some_bytes(size)};
            ASSERT_TRUE(client_.send(deflate_.frame(text.payload, true)));
            expect_back(text);
            ASSERT_TRUE(client_.send(deflate_.frame(buffer.payload, false)));
            expect_back(buffer);
        }
    }
}

TEST_P(Compression, many_on_their_way_at_once_come_back_in_order) {
    std::string all;
    for (std::size_t i = 0; i < messages; ++i) all += deflate_.frame(some_text(500 + i));
    ASSERT_TRUE(client_.send(all));
    for (std::size_t i = 0; i < messages; ++i) expect_back({.is_text = true, .payload = some_text(500 + i)});
}

TEST_P(Compression, fragments_of_all_sizes_come_back_whole) {
    const Message message{.is_text = true, .payload = some_text(20'000)};
    for (const std::size_t each : {1u, 16u, 255u, 1000u}) {
        const std::string compressed = deflate_.compress(message.payload);
        std::string frames;
        for (std::size_t at = 0; at < compressed.size(); at += each) {
            frames += encode({.opcode = at == 0 ? opcode::text : opcode::continuation,
                              .payload = compressed.substr(at, each),
                              .fin = at + each >= compressed.size(),
                              .rsv = at == 0 ? rsv1 : 0});
        }
        ASSERT_TRUE(client_.send(frames));
        expect_back(message);
    }
}

TEST_P(Compression, plain_messages_between_compressed_ones_come_back) {
    for (int i = 0; i < 3; ++i) {
        const Message message{.is_text = true, .payload = some_text(300)};
        ASSERT_TRUE(client_.send(Frame{.payload = message.payload}));
        expect_back(message);
        ASSERT_TRUE(client_.send(deflate_.frame(message.payload)));
        expect_back(message);
    }
}

TEST_P(Compression, messages_that_become_too_large_close_with_1009) {
    ASSERT_TRUE(client_.send(deflate_.frame(std::string(message_bytes_max, 'x'), false)));
    expect_back({.is_text = false, .payload = std::string(message_bytes_max, 'x')});
    ASSERT_TRUE(client_.send(deflate_.frame(std::string(message_bytes_max + 1, 'x'), false)));
    expect_close(client_, 1009);
}

TEST_P(Compression, text_that_becomes_no_utf8_closes_with_1007) {
    ASSERT_TRUE(client_.send(deflate_.frame("good until \xFF here")));
    expect_close(client_, 1007);
}

TEST_P(Compression, what_is_not_deflate_closes_with_1007) {
    ASSERT_TRUE(client_.send(Frame{.payload = "\xFF\xFF\xFF\xFF", .rsv = rsv1}));
    expect_close(client_, 1007);
}

TEST_P(Compression, its_bit_on_a_control_frame_or_a_continuation_closes_with_1002) {
    ASSERT_TRUE(client_.send(Frame{.payload = deflate_.compress("Hello"), .fin = false, .rsv = rsv1}));
    ASSERT_TRUE(client_.send(Frame{.opcode = opcode::continuation, .rsv = rsv1}));
    expect_close(client_, 1002);
}

}  // namespace berth::test
