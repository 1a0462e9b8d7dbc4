// SPDX-License-Identifier: MIT
#include "link/record.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <tuple>

#include "unit/link/recording_sinks.hpp"

namespace berth::host::link {
namespace {

using testing::RecordingActions;
using testing::RecordingEvents;

std::string some_events() {
    EventEncoder encoder;
    Opening opening;
    opening.client = ClientId{7};
    opening.address = "127.0.0.1";
    opening.port = 4711;
    opening.path = "/chat/room";
    opening.query = "a=1";
    opening.origin = "http://localhost";
    opening.subprotocols = {"chat.v1", "chat.v2"};
    opening.headers = {{"Host", "localhost"}, {"Cookie", "a=b"}, {"Cookie", "c=d"}};
    opening.tls_version = "TLSv1.3";
    opening.user = "ana";
    opening.connected_at_ms = -5;
    encoder.opening(opening);
    encoder.opened(ClientId{7}, "chat.v1");
    encoder.message(ClientId{7}, 1, Kind::text, "hello");
    encoder.message(ClientId{7}, 2, Kind::buffer, "");
    encoder.credit(ClientId{7}, 5'000'000'000);
    encoder.closed(ClientId{7}, 1001, Cause::stop, "bye");
    encoder.abandoned(ClientId{8}, 1006, Cause::network, "");
    Opening again;
    again.client = ClientId{9};
    again.path = "/chat";
    encoder.resumed(again, {.subprotocol = "chat.v2", .state = "nick", .is_interrupted = true, .backlog = 33});
    encoder.resumed(again, {});
    encoder.parting(ClientId{9});
    const std::array lost{ClientId{3}, ClientId{4}};
    encoder.lost(lost);
    encoder.subscribed(ClientId{9}, "news");
    return encoder.buffer;
}

std::string some_actions() {
    ActionEncoder encoder;
    encoder.admitted(ClientId{7}, {.status = 403, .reason = "not from there", .subprotocol = ""});
    encoder.admitted(ClientId{7}, {.status = 0, .reason = "", .subprotocol = "chat.v1"});
    encoder.send(ClientId{7}, Kind::text, "hi");
    const std::array clients{ClientId{7}, ClientId{9}};
    encoder.send_many(clients, Kind::buffer, "all");
    encoder.close(ClientId{7}, 3000, Cause::project, "enough");
    encoder.done(ClientId{7}, 12);
    encoder.released(ClientId{7});
    encoder.saved(ClientId{7}, "state");
    encoder.parted(ClientId{7});
    encoder.subscribe(ClientId{7}, "news");
    encoder.unsubscribe(ClientId{7}, "news");
    encoder.publish({.topic = "news", .kind = Kind::buffer, .payload = "bytes", .except = ClientId{7}});
    encoder.publish({.topic = "news", .kind = Kind::text, .payload = "", .except = {}});
    return encoder.buffer;
}

}  // namespace

TEST(Record, of_events_arrive_as_they_were_said) {
    RecordingEvents heard;

    const auto used = decode_events(some_events(), heard);

    ASSERT_TRUE(used) << used.error().message;
    EXPECT_EQ(*used, some_events().size());
    const std::vector<std::string> expected{
        "opening 7 127.0.0.1:4711 /chat/room?a=1 origin=http://localhost offers=chat.v1 offers=chat.v2 Host=localhost "
        "Cookie=a=b Cookie=c=d tls=TLSv1.3// user=ana at=-5",
        "opened 7 chat.v1", "message 7 #1 text hello", "message 7 #2 buffer ", "credit 7 5000000000",
        "closed 7 1001 7 bye", "abandoned 8 1006 5 ",
        "resumed 9 :0 /chat? origin= tls=// user= at=0 protocol=chat.v2 backlog=33 state=nick interrupted",
        "resumed 9 :0 /chat? origin= tls=// user= at=0 protocol= backlog=0", "parting 9", "lost 3 4", "subscribed 9 news"};
    EXPECT_EQ(heard.lines, expected);
}

TEST(Record, of_actions_arrive_as_they_were_said) {
    RecordingActions heard;

    const auto used = decode_actions(some_actions(), heard);

    ASSERT_TRUE(used) << used.error().message;
    const std::vector<std::string> expected{"admitted 7 403 not from there ", "admitted 7 0  chat.v1", "send 7 text hi",
                                            "send_many 7 9 all", "close 7 3000 2 enough", "done 7 #12", "released 7", "saved 7 state", "parted 7",
                                            "subscribe 7 news", "unsubscribe 7 news", "publish news buffer bytes except=7", "publish news text  except=0"};
    EXPECT_EQ(heard.lines, expected);
}

TEST(Record, of_an_opening_can_be_kept_and_read_again) {
    Opening opening;
    opening.client = ClientId{7};
    opening.path = "/chat";
    opening.subprotocols = {"chat.v1"};
    opening.headers = {{"Cookie", "a=b"}};
    RecordingEvents said, kept;
    said.opening(opening);

    const std::string packed = pack(opening);
    kept.opening(unpack(packed));

    EXPECT_EQ(kept.lines, said.lines);
}

TEST(Record, of_a_state_beyond_its_bound_is_refused) {
    ActionEncoder encoder;
    encoder.saved(ClientId{7}, std::string(state_bytes_max + 1, 'x'));
    RecordingActions heard;

    EXPECT_FALSE(decode_actions(encoder.buffer, heard));
}

TEST(Record, of_a_topic_without_a_name_or_with_too_long_a_one_is_refused) {
    for (const std::string& name : {std::string(), std::string(topic_bytes_max + 1, 'x')}) {
        for (int i = 0; i < 3; ++i) {
            ActionEncoder encoder;
            if (i == 0) encoder.subscribe(ClientId{7}, name);
            if (i == 1) encoder.unsubscribe(ClientId{7}, name);
            if (i == 2) encoder.publish({.topic = name, .kind = Kind::text, .payload = "x", .except = {}});
            RecordingActions heard;
            EXPECT_FALSE(decode_actions(encoder.buffer, heard)) << name.size() << " " << i;
        }
        EventEncoder encoder;
        encoder.subscribed(ClientId{7}, name);
        RecordingEvents heard;
        EXPECT_FALSE(decode_events(encoder.buffer, heard)) << name.size();
    }
}

TEST(Record, cut_at_any_byte_waits_for_the_rest) {
    const std::string whole = some_actions();
    RecordingActions all;
    ASSERT_TRUE(decode_actions(whole, all));

    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        RecordingActions heard;
        const auto first = decode_actions(std::string_view(whole).substr(0, cut), heard);
        ASSERT_TRUE(first) << "cut at " << cut;
        const auto second = decode_actions(std::string_view(whole).substr(*first), heard);
        ASSERT_TRUE(second) << "cut at " << cut;
        EXPECT_EQ(heard.lines, all.lines) << "cut at " << cut;
    }
}

TEST(Record, with_any_byte_changed_is_never_read_past_its_end) {
    const std::string whole = some_events() + some_actions();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
            std::string changed = whole;
            changed[at] = static_cast<char>(value);
            // On the heap with its exact size, so that the address sanitizer sees a read past the end.
            const std::vector<char> exact(changed.begin(), changed.end());
            RecordingEvents events;
            RecordingActions actions;
            const auto used = decode_events({exact.data(), exact.size()}, events);
            EXPECT_LE(used.value_or(0), exact.size());
            std::ignore = decode_actions({exact.data(), exact.size()}, actions);
        }
    }
}

TEST(Record, that_lies_about_its_size_is_refused_with_a_sentence) {
    std::string bytes = some_actions();
    const std::uint32_t size = 3;
    std::memcpy(bytes.data(), &size, sizeof size);
    RecordingActions heard;

    const auto used = decode_actions(bytes, heard);

    ASSERT_FALSE(used);
    EXPECT_EQ(used.error().message, "link record of type 64 and 3 bytes: size out of range");
}

TEST(Record, that_claims_a_billion_ids_is_refused_before_memory_is_reserved) {
    ActionEncoder encoder;
    encoder.send_many({}, Kind::text, "x");
    const std::uint32_t count = 1'000'000'000;
    std::memcpy(encoder.buffer.data() + sizeof(RecordHeader), &count, sizeof count);
    RecordingActions heard;

    const auto used = decode_actions(encoder.buffer, heard);

    ASSERT_FALSE(used);
    EXPECT_EQ(used.error().message, "link record of type 66 and 29 bytes: ids do not match its size");
}

TEST(Record, that_names_an_id_twice_or_out_of_order_is_refused) {
    for (const auto& ids : {std::array{ClientId{7}, ClientId{7}}, std::array{ClientId{9}, ClientId{7}}}) {
        ActionEncoder encoder;
        encoder.send_many(ids, Kind::text, "x");
        RecordingActions heard;

        const auto used = decode_actions(encoder.buffer, heard);

        ASSERT_FALSE(used);
        EXPECT_EQ(used.error().message, "link record of type 66 and 45 bytes: ids are not in ascending order, each once");
        EXPECT_TRUE(heard.lines.empty());
    }
}

TEST(Record, of_the_largest_message_to_a_host_full_of_clients_is_split) {
    /// What the whole batch says.
    struct Counter final : RecordingActions {
        void send_many(std::span<const ClientId> clients, Kind, std::string_view payload) override {
            ++records;
            ids.insert(ids.end(), clients.begin(), clients.end());
            bytes = payload.size();
        }
        std::size_t records = 0, bytes = 0;
        std::vector<ClientId> ids;
    } heard;
    std::vector<ClientId> ids(200'000);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = ClientId{i + 1};
    ActionEncoder encoder;

    encoder.send_many(ids, Kind::buffer, std::string(16u << 20, 'x'));
    const auto used = decode_actions(encoder.buffer, heard);

    ASSERT_TRUE(used) << used.error().message;
    EXPECT_EQ(*used, encoder.buffer.size());
    EXPECT_EQ(heard.records, 4u);
    EXPECT_EQ(heard.bytes, 16u << 20);
    EXPECT_EQ(heard.ids, ids);
}

TEST(Record, of_an_event_is_no_action) {
    RecordingActions heard;

    const auto used = decode_actions(some_events(), heard);

    ASSERT_FALSE(used);
    EXPECT_TRUE(heard.lines.empty());
}

}  // namespace berth::host::link
