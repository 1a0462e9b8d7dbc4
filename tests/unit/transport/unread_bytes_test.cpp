// SPDX-License-Identifier: MIT
#include "gateway/transport/unread_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace berth::host::transport {
namespace {

std::string text(UnreadBytes& unread) { return {unread.left().begin(), unread.left().end()}; }

TEST(UnreadBytes, are_taken_from_the_front_in_order) {
    UnreadBytes unread(std::string_view{"abcdefgh"});
    unread.take(3);
    EXPECT_EQ(text(unread), "defgh");
    unread.take(0);
    unread.take(3);
    EXPECT_EQ(text(unread), "gh");
    unread.left().front() = 'G';
    unread.take(1);
    EXPECT_FALSE(unread.is_empty());
    unread.take(1);
    EXPECT_TRUE(unread.is_empty());
    EXPECT_EQ(unread.held_bytes(), 0u);
}

TEST(UnreadBytes, hold_less_than_twice_what_is_left_and_are_copied_once_in_all) {
    constexpr std::size_t total = 10'000;
    UnreadBytes unread(std::string(total, 'x'));
    std::size_t copied = 0;
    while (!unread.is_empty()) {
        const char* const next = unread.left().data() + 7;
        unread.take(std::min<std::size_t>(7, unread.left().size()));
        if (!unread.is_empty() && unread.left().data() != next) copied += unread.left().size();
        EXPECT_TRUE(unread.is_empty() || unread.held_bytes() < 2 * unread.left().size());
    }
    EXPECT_LE(copied, total);
}

TEST(UnreadBytes, that_were_moved_are_at_the_new_place_only_and_lie_where_they_lay) {
    UnreadBytes from(std::string_view{"abcdefgh"});
    from.take(2);
    const char* const place = from.left().data();
    UnreadBytes to = std::move(from);
    EXPECT_TRUE(from.is_empty());  // NOLINT(bugprone-use-after-move): what is tested
    EXPECT_EQ(to.left().data(), place);
    from = std::move(to);
    EXPECT_EQ(text(from), "cdefgh");
    EXPECT_TRUE(to.is_empty());  // NOLINT(bugprone-use-after-move): what is tested
}

}  // namespace
}  // namespace berth::host::transport
