// SPDX-License-Identifier: MIT
#include "gateway/compression.hpp"

#include <gtest/gtest.h>

#include <string>

#include "gateway/frame_store.hpp"
#include "gateway/outbox.hpp"
#include "link/actions.hpp"
#include "unit/wire/inflating.hpp"
#include "unit/wire/recording_sink.hpp"
#include "wire/frame_writer.hpp"

namespace berth::host::gateway {
namespace {

using wire::words;

std::string bytes_of(const EncodedMessage::Frame& frame) { return {frame.at.bytes(), frame.bytes}; }

std::string plain_frame(std::string_view payload) {
    std::string frame;
    wire::append_frame(frame, wire::Opcode::text, payload);
    return frame;
}

/// What an outbox has for its client, all at once.
std::string written(Outbox& outbox) {
    std::string bytes;
    std::array<iovec, 100> pieces;
    for (const iovec& piece : std::span(pieces).first(outbox.unwritten(pieces)))
        bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    outbox.wrote(bytes.size());
    return bytes;
}

/// A thread's part, and clients of it.
class Compressing : public testing::Test {
protected:
    /// A client that is to get messages; `agreed` of the server's direction.
    ClientCompression client(std::uint8_t window_bits, bool keeps_context, std::size_t minimum = 10) {
        CompressionRules rules;
        rules.minimum_bytes = minimum;
        return {compressor, {.server_window_bits = window_bits, .server_takes_over_context = keeps_context}, rules};
    }
    EncodedMessage message(std::string_view payload) {
        return EncodedMessage(store, link::Kind::text, payload, EncodedMessage::For::many);
    }

    FrameStore store;
    Compressor compressor;
};

/// Reads what the server sends as its client does.
class Reader {
public:
    explicit Reader(std::uint8_t window_bits, bool keeps_context) : inflater_(window_bits, keeps_context) {}
    std::vector<std::string> read(std::string bytes) {
        sink_.events.clear();
        parser_.consume(bytes, sink_);
        return sink_.events;
    }

private:
    wire::Inflater inflater_;
    wire::FrameParser parser_{wire::Role::client, {.message_bytes_max = 1 << 20}, &inflater_};
    wire::RecordingSink sink_;
};

TEST_F(Compressing, is_done_once_for_all_whose_messages_do_not_refer_to_each_other) {
    auto first = client(15, false), second = client(15, false), small = client(10, false);
    const std::string payload = words(5000);
    EncodedMessage to_many = message(payload);
    const auto& one = to_many.frame(first);
    EXPECT_TRUE(one.is_compressed);
    EXPECT_LT(one.bytes, 1000u);
    const char* const place = one.at.bytes();
    EXPECT_EQ(to_many.frame(second).at.bytes(), place) << "the same bytes in the same place";
    const std::string other = bytes_of(to_many.frame(small));
    EXPECT_NE(to_many.frame(small).at.bytes(), to_many.frame(first).at.bytes()) << "another window";
    EXPECT_EQ(bytes_of(to_many.frame()), plain_frame(payload)) << "and plain for the others";
    EXPECT_EQ(Reader(10, false).read(other), std::vector{"text " + payload});
    EXPECT_EQ(Reader(15, false).read(bytes_of(to_many.frame(first))), std::vector{"text " + payload});
}

TEST_F(Compressing, leaves_messages_plain_that_are_small_or_would_become_no_smaller) {
    auto to = client(15, false, 100);
    EXPECT_EQ(bytes_of(message(words(99)).frame(to)), plain_frame(words(99)));
    EXPECT_NE(bytes_of(message(words(100)).frame(to)), plain_frame(words(100)));
    const std::string noise = wire::noise(300);
    EXPECT_EQ(bytes_of(message(noise).frame(to)), plain_frame(noise));
    EXPECT_EQ(bytes_of(message("").frame(to)), plain_frame(""));
    auto eight = client(8, false, 1);
    EXPECT_EQ(bytes_of(message(words(5000)).frame(eight)), plain_frame(words(5000))) << "a window that zlib makes not";
}

TEST_F(Compressing, refers_to_earlier_messages_of_the_client_where_it_keeps_a_context) {
    auto to = client(15, true);
    Outbox outbox(store);
    std::uint64_t freed = 0;
    const std::string payload = wire::noise(500) + words(500);
    const auto push = [&](std::string_view text) {
        EncodedMessage next(store, link::Kind::buffer, text, EncodedMessage::For::one);
        EXPECT_EQ(outbox.push_message(next, 1 << 20, BacklogPolicy::close, MessageOf::worker, freed, &to), Outbox::Push::queued);
    };
    push(payload);
    push("tiny");
    push(payload);
    push(wire::noise(500));
    EXPECT_EQ(outbox.cost(), 2 * link::message_cost(1000) + link::message_cost(4) + link::message_cost(500)) << "of what they are";
    const std::string bytes = written(outbox);
    EXPECT_LT(bytes.size(), 800u) << "the third and the fourth are nearly nothing";
    EXPECT_EQ(Reader(15, true).read(bytes),
              (std::vector<std::string>{"buffer " + payload, "buffer tiny", "buffer " + payload, "buffer " + wire::noise(500)}));
    EXPECT_TRUE(outbox.is_empty());
    EXPECT_EQ(outbox.cost(), 0u);
}

TEST_F(Compressing, keeps_costs_right_when_compressed_and_plain_messages_leave_in_parts) {
    auto to = client(15, false);
    Outbox outbox(store);
    std::uint64_t freed = 0, cost = 0;
    for (const std::size_t length : {500u, 3u, 4u, 700u, 5u, 900u}) {
        const std::string payload = words(length);
        EncodedMessage next(store, link::Kind::text, payload, EncodedMessage::For::one);
        outbox.push_message(next, 1 << 20, BacklogPolicy::close, MessageOf::worker, freed, &to);
        cost += link::message_cost(length);
    }
    EXPECT_EQ(outbox.cost(), cost);
    std::uint64_t given_back = 0;
    while (!outbox.is_empty()) {
        given_back += outbox.wrote(1);
        outbox.keep();
    }
    EXPECT_EQ(given_back, cost);
    EXPECT_EQ(outbox.cost(), 0u);
}

TEST_F(Compressing, loses_no_message_that_a_context_needs) {
    for (const bool keeps_context : {true, false}) {
        auto to = client(15, keeps_context);
        Outbox outbox(store);
        std::uint64_t freed = 0;
        const auto push = [&](const std::string& payload) {
            EncodedMessage next(store, link::Kind::text, payload, EncodedMessage::For::one);
            return outbox.push_message(next, 1500, BacklogPolicy::drop_oldest, MessageOf::worker, freed, &to);
        };
        EXPECT_EQ(push("first " + words(1000)), Outbox::Push::queued);
        EXPECT_EQ(push("second " + words(1000)), keeps_context ? Outbox::Push::dropped : Outbox::Push::queued);
        EXPECT_EQ(Reader(15, keeps_context).read(written(outbox)),
                  std::vector{(keeps_context ? "text first " : "text second ") + words(1000)});
    }
}

TEST_F(Compressing, makes_contexts_when_they_are_needed_and_gives_them_back_when_memory_is_short) {
    auto to = client(15, true);
    Reader reader(15, true);
    const std::size_t before = to.held_bytes();
    const auto send = [&](std::string_view payload) {
        return reader.read(bytes_of(EncodedMessage(store, link::Kind::text, payload, EncodedMessage::For::one).frame(to)));
    };
    EXPECT_EQ(send("small"), std::vector<std::string>{"text small"});
    EXPECT_EQ(to.held_bytes(), before) << "nothing was compressed yet";
    EXPECT_EQ(send(words(1000)), std::vector{"text " + words(1000)});
    EXPECT_GT(to.held_bytes(), before + 256 * 1024);

    compressor.save_memory(true);
    to.forget_context();
    EXPECT_EQ(to.held_bytes(), before);
    EXPECT_EQ(send(words(2000)), std::vector{"text " + words(2000)}) << "by the thread's, without a context";
    EXPECT_EQ(to.held_bytes(), before);
    EXPECT_GT(compressor.held_bytes(), 256u * 1024);

    compressor.save_memory(false);
    EXPECT_EQ(send(words(1000)), std::vector{"text " + words(1000)}) << "and a new one begins";
    EXPECT_EQ(send(words(1500)), std::vector{"text " + words(1500)});
    EXPECT_GT(to.held_bytes(), before + 256 * 1024);
}

TEST_F(Compressing, counts_the_clients_context_from_the_beginning) {
    CompressionRules rules;
    ClientCompression keeping(compressor, {.client_window_bits = 12, .server_takes_over_context = false}, rules);
    ClientCompression alone(compressor, {.client_window_bits = 12, .server_takes_over_context = false, .client_takes_over_context = false}, rules);
    EXPECT_GE(keeping.held_bytes(), wire::Inflater::context_bytes(12));
    EXPECT_EQ(alone.held_bytes(), 0u);
    const std::size_t before = keeping.held_bytes();
    EXPECT_EQ(wire::inflated(keeping.inflater(), wire::deflated("Hello")), "Hello");
    EXPECT_EQ(keeping.held_bytes(), before);
}

TEST_F(Compressing, compresses_a_message_to_many_once_for_clients_with_contexts_of_their_own_too) {
    auto first = client(15, true), second = client(15, true);
    Reader reader(15, true);
    const std::string before = words(3000), payload = words(5000), after = words(2000);
    EncodedMessage alone(store, link::Kind::text, before, EncodedMessage::For::one);
    EXPECT_EQ(reader.read(bytes_of(alone.frame(first))), std::vector{"text " + before});
    EncodedMessage to_many = message(payload);

    const auto& frame = to_many.frame(first);

    EXPECT_EQ(to_many.frame(second).at.bytes(), frame.at.bytes());
    EXPECT_EQ(reader.read(bytes_of(frame)), std::vector{"text " + payload});
    EncodedMessage last(store, link::Kind::text, after, EncodedMessage::For::one);
    EXPECT_EQ(reader.read(bytes_of(last.frame(first))), std::vector{"text " + after}) << "in a context begun anew";
}

TEST_F(Compressing, keeps_few_deflaters_however_many_settings_come) {
    for (int round = 0; round < 2; ++round) {
        for (std::uint8_t bits = 9; bits <= 15; ++bits) {
            for (std::uint8_t level = 1; level <= 9; ++level) {
                const std::string made(compressor.compress({.window_bits = bits, .level = level}, words(300)));
                wire::Inflater inflater(bits, false);
                EXPECT_EQ(wire::inflated(inflater, made), words(300));
            }
        }
    }
    EXPECT_LT(compressor.held_bytes(), 8 * 300u * 1024);
}

}  // namespace
}  // namespace berth::host::gateway
