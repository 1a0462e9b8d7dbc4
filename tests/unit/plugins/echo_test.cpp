// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "unit/plugins/shipped.hpp"

namespace berth::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Echo, sends_texts_and_buffers_back) {
    TestHost host{std::filesystem::path(ECHO_LIBRARY)};
    auto ana = host.connect();

    ana.says("hello");
    ana.says(berth::buffer(std::string{"\x00\xFF", 2}));

    EXPECT_EQ(ana.next(), (TestMessage{true, "hello"}));
    EXPECT_EQ(ana.next(), (TestMessage{false, std::string("\x00\xFF", 2)}));
}

TEST(Echo, answers_only_who_asked) {
    TestHost host{std::filesystem::path(ECHO_LIBRARY)};
    auto ana = host.connect(), ben = host.connect();

    ana.says("hello");

    EXPECT_THAT(ben.heard(), IsEmpty());
}

}  // namespace berth::test
