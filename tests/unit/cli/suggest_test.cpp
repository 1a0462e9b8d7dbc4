// SPDX-License-Identifier: MIT
#include "cli/suggest.hpp"

#include <gtest/gtest.h>

namespace berth::host::cli {
namespace {

const std::vector<std::string_view> words{"status", "stop", "clients", "config", "check", "send"};

TEST(Suggest, finds_the_nearest_word) {
    EXPECT_EQ(nearest("statsu", words), "status");
    EXPECT_EQ(nearest("stpo", words), "stop");
    EXPECT_EQ(nearest("clints", words), "clients");
    EXPECT_EQ(nearest("conf", words), "config");
}

TEST(Suggest, is_silent_when_nothing_is_near) {
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest("zzz", words), "");
    EXPECT_EQ(nearest(std::string(100'000, 's'), words), "");
    EXPECT_EQ(did_you_mean("zzz", words), "");
    EXPECT_EQ(did_you_mean("sned", words, "berth "), "; did you mean berth send?");
}

}  // namespace
}  // namespace berth::host::cli
