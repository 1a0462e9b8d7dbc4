// SPDX-License-Identifier: MIT
#include "config/suggest.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth::host::config {
namespace {

TEST(EditDistance, counts_insertions_deletions_replacements_and_swaps) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("abc", ""), 3u);
    EXPECT_EQ(edit_distance("plugin", "plugins"), 1u);
    EXPECT_EQ(edit_distance("pulgins", "plugins"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Suggestions, are_given_only_when_they_are_near) {
    EXPECT_EQ(nearest("plugin", {"state", "plugins"}), "plugins");
    EXPECT_EQ(nearest("pnig", {"ping", "pong"}), "ping");
    EXPECT_EQ(nearest("zzz", {"ping", "pong"}), "");
    EXPECT_EQ(nearest(std::string(100'000, 'p'), {"ping"}), "");
}

}  // namespace
}  // namespace berth::host::config
