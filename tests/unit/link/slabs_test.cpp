// SPDX-License-Identifier: MIT
#include "link/slabs.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "link/record.hpp"
#include "unit/link/recording_sinks.hpp"

namespace berth::host::link {
namespace {

const std::string large(Slabs::payload_bytes_min, 'l');

/// The two ends of one direction, as two processes have them.
struct Ends {
    Slabs writer = std::move(*Slabs::create());
    Slabs reader = std::move(*Slabs::open(UniqueFd(::dup(writer.fd()))));
};

}  // namespace

TEST(Slabs, show_the_other_end_what_was_put) {
    Ends ends;

    const auto place = ends.writer.put(large);

    ASSERT_TRUE(place);
    EXPECT_EQ(place->set, ends.reader.set());
    EXPECT_EQ(ends.reader.look(*place), large);
    EXPECT_EQ(ends.reader.copy(*place), large);
}

TEST(Slabs, are_used_again_once_they_are_released) {
    Ends ends;
    const auto first = ends.writer.put(large);
    const auto second = ends.writer.put(large);
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->slab, second->slab);

    ends.reader.release(*first);

    const auto third = ends.writer.put(large);
    ASSERT_TRUE(third);
    EXPECT_EQ(third->slab, first->slab);
}

TEST(Slabs, take_nothing_when_all_are_in_use_nor_what_is_small_or_too_large) {
    Ends ends;
    EXPECT_FALSE(ends.writer.put(std::string(Slabs::payload_bytes_min - 1, 's')));
    EXPECT_FALSE(ends.writer.put(std::string(Slabs::slab_bytes + 1, 's')));
    std::vector<Placed> places;
    while (const auto place = ends.writer.put(std::string(Slabs::slab_bytes, 'x'))) places.push_back(*place);

    EXPECT_EQ(places.size(), Slabs::count);
    for (const Placed& place : places) EXPECT_EQ(ends.reader.look(place).size(), Slabs::slab_bytes);
}

TEST(Slabs, of_two_gateways_are_told_apart) {
    EXPECT_NE(Slabs::create()->set(), Slabs::create()->set());
}

TEST(Slabs, refuse_a_file_of_another_size) {
    const auto slabs = Slabs::open(UniqueFd(::memfd_create("small", 0)));

    ASSERT_FALSE(slabs);
    EXPECT_EQ(slabs.error().message, "slabs of 0 bytes instead of 4198400");
}

TEST(PlacedRecord, brings_its_payload_and_releases_it) {
    Ends ends;
    const auto place = ends.writer.put(large);
    EventEncoder events;
    events.slabs();
    events.message_placed(ClientId{7}, 3, Kind::buffer, *place);
    testing::RecordingEvents heard;

    const auto used = decode_events(events.buffer, heard, &ends.reader);

    ASSERT_TRUE(used) << used.error().message;
    EXPECT_EQ(heard.lines, std::vector<std::string>{"message 7 #3 buffer " + large});
    EXPECT_EQ(ends.writer.put(large)->slab, place->slab);
}

TEST(PlacedRecord, of_text_gives_its_reader_a_copy_that_the_writer_cannot_change) {
    Ends ends;
    const auto place = ends.writer.put(large);
    ActionEncoder actions;
    actions.send_placed(ClientId{7}, Kind::text, *place);
    struct Changing : testing::RecordingActions {
        void send(ClientId, Kind, std::string_view payload) override {
            const char* const shared = slabs->look(where).data();
            const_cast<char*>(shared)[0] = '\xff';  // What a hostile worker would do.
            first = payload.front();
        }
        Slabs* slabs = nullptr;
        Placed where;
        char first = 0;
    } heard;
    heard.slabs = &ends.reader;
    heard.where = *place;

    ASSERT_TRUE(decode_actions(actions.buffer, heard, &ends.reader));

    EXPECT_EQ(heard.first, 'l');
}

TEST(PlacedRecord, of_an_earlier_gateways_slabs_is_dropped_and_releases_nothing) {
    Ends ends, earlier;
    const auto stale = earlier.writer.put(large);
    const auto place = ends.writer.put(large);
    ASSERT_EQ(stale->slab, place->slab);
    ActionEncoder actions;
    actions.send_placed(ClientId{7}, Kind::buffer, *stale);
    testing::RecordingActions heard;

    ASSERT_TRUE(decode_actions(actions.buffer, heard, &ends.reader));

    EXPECT_TRUE(heard.lines.empty());
    EXPECT_NE(ends.writer.put(large)->slab, place->slab);
}

TEST(PlacedRecord, that_names_no_place_is_refused) {
    Ends ends;
    const std::uint32_t set = ends.reader.set();
    constexpr auto slabs = static_cast<std::uint32_t>(Slabs::count);
    constexpr auto bytes = static_cast<std::uint32_t>(Slabs::slab_bytes);
    for (const Placed& place : {Placed{set, slabs, 1}, Placed{set, 0, bytes + 1}, Placed{set, ~0u, ~0u}}) {
        ActionEncoder actions;
        actions.send_placed(ClientId{7}, Kind::buffer, place);
        testing::RecordingActions heard;

        const auto used = decode_actions(actions.buffer, heard, &ends.reader);

        ASSERT_FALSE(used);
        EXPECT_EQ(used.error().message, "link record of type 75 and 36 bytes: there is no such place");
    }
    EventEncoder events;
    events.message_placed(ClientId{7}, 1, Kind::text, {set, 0, 1});
    testing::RecordingEvents heard;
    EXPECT_FALSE(decode_events(events.buffer, heard)) << "no slabs are shared";
}

}  // namespace berth::host::link
