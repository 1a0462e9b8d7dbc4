// SPDX-License-Identifier: MIT
#include "link/slabs.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <random>
#include <string>
#include <thread>
#include <utility>
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
    EXPECT_NE(first->page, second->page);

    ends.reader.release(*first);

    const auto third = ends.writer.put(large);
    ASSERT_TRUE(third);
    EXPECT_EQ(third->page, first->page);
}

TEST(Slabs, take_nothing_when_all_pages_are_in_use_nor_what_is_small_or_too_large) {
    Ends ends;
    EXPECT_FALSE(ends.writer.put(std::string(Slabs::payload_bytes_min - 1, 's')));
    EXPECT_FALSE(ends.writer.put(std::string(Slabs::payload_bytes_max + 1, 's')));
    std::vector<Placed> places;
    while (const auto place = ends.writer.put(std::string(Slabs::payload_bytes_max, 'x'))) places.push_back(*place);

    EXPECT_EQ(places.size() * Slabs::payload_bytes_max, Slabs::pages * Slabs::page_bytes);
    for (const Placed& place : places) EXPECT_EQ(ends.reader.look(place).size(), Slabs::payload_bytes_max);
}

TEST(Slabs, of_all_sizes_never_share_a_page_and_leave_none_in_use) {
    Ends ends;
    std::mt19937 random(1);
    std::uniform_int_distribution<std::size_t> sizes(Slabs::payload_bytes_min, Slabs::payload_bytes_max);
    std::deque<std::pair<Placed, std::string>> in_use;
    std::size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string payload(sizes(random), static_cast<char>('a' + i % 26));
        if (const auto place = ends.writer.put(payload)) {
            in_use.emplace_back(*place, std::move(payload));
            if (random() % 200 != 0) continue;
        } else {
            ++refused;
        }
        for (std::size_t n = random() % (in_use.size() + 1); n != 0; --n) {
            std::swap(in_use.front(), in_use[random() % in_use.size()]);
            const auto& [place, written] = in_use.front();
            ASSERT_EQ(ends.reader.look(place), written);
            ends.reader.release(place);
            in_use.pop_front();
        }
    }
    EXPECT_GT(refused, 0u);
    for (const auto& [place, written] : in_use) ends.reader.release(place);

    std::size_t all = 0;
    while (ends.writer.put(large)) ++all;
    EXPECT_EQ(all, Slabs::pages);
}

TEST(Slabs, are_put_by_threads_at_the_same_time) {
    Ends ends;  // Released through the same memory: who looks for races knows nothing of two places for one.
    std::array<std::vector<Placed>, 4> places;
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < places.size(); ++t) {
            threads.emplace_back([&, t] {
                const std::string payload(3 * Slabs::page_bytes, static_cast<char>('a' + t));
                for (int i = 0; i < 2'000; ++i) {
                    const auto place = ends.writer.put(payload);
                    if (!place) continue;
                    if (i % 50 == 0) {
                        places[t].push_back(*place);
                    } else {
                        ends.writer.release(*place);
                    }
                }
            });
        }
    }

    for (std::size_t t = 0; t < places.size(); ++t) {
        for (const Placed& place : places[t]) {
            EXPECT_EQ(ends.reader.look(place), std::string(3 * Slabs::page_bytes, static_cast<char>('a' + t)));
        }
    }
}

TEST(Slabs, give_back_what_is_not_in_use_and_nothing_else) {
    Ends ends;
    const auto first = ends.writer.put(large), second = ends.writer.put(large), third = ends.writer.put(large);
    ASSERT_TRUE(first && second && third);
    EXPECT_EQ(ends.writer.held_bytes(), 3 * Slabs::page_bytes);
    EXPECT_EQ(ends.reader.look(*second), large);
    EXPECT_EQ(ends.reader.held_bytes(), 2 * Slabs::page_bytes);
    ends.reader.release(*first);
    ends.reader.release(*third);

    ends.writer.give_back();

    EXPECT_EQ(ends.writer.held_bytes(), 2 * Slabs::page_bytes) << "up to the last that is in use";
    EXPECT_EQ(ends.reader.look(*second), large);
    EXPECT_EQ(ends.reader.look(*third), std::string(large.size(), '\0'));
    ends.reader.release(*second);
    ends.writer.give_back();
    EXPECT_EQ(ends.writer.held_bytes(), 0u);
    std::size_t all = 0;
    while (ends.writer.put(large)) ++all;
    EXPECT_EQ(all, Slabs::pages);
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
    EXPECT_EQ(ends.writer.put(large)->page, place->page);
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
    ASSERT_EQ(stale->page, place->page);
    ActionEncoder actions;
    actions.send_placed(ClientId{7}, Kind::buffer, *stale);
    testing::RecordingActions heard;

    ASSERT_TRUE(decode_actions(actions.buffer, heard, &ends.reader));

    EXPECT_TRUE(heard.lines.empty());
    EXPECT_NE(ends.writer.put(large)->page, place->page);
}

TEST(PlacedRecord, that_names_no_place_is_refused) {
    Ends ends;
    const std::uint32_t set = ends.reader.set();
    constexpr auto pages = static_cast<std::uint32_t>(Slabs::pages);
    constexpr auto bytes = static_cast<std::uint32_t>(Slabs::payload_bytes_max);
    for (const Placed& place : {Placed{set, pages, 1}, Placed{set, 0, bytes + 1}, Placed{set, ~0u, ~0u}, Placed{set, 0, 0},
                                Placed{set, pages - 1, static_cast<std::uint32_t>(Slabs::page_bytes) + 1}}) {
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
