// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "unit/plugins/fake_host.hpp"

namespace berth::test {

using testing::ElementsAre;

TEST(Echo, sends_texts_and_buffers_back) {
    FakeHost host{ECHO_LIBRARY};
    const auto ana = host.connect();

    host.text(ana, "hello");
    host.buffer(ana, std::string{"\x00\xFF", 2});

    EXPECT_THAT(host.sent(ana), ElementsAre("hello", std::string("\x00\xFF", 2)));
}

TEST(Echo, answers_only_who_asked) {
    FakeHost host{ECHO_LIBRARY};
    const auto ana = host.connect(), ben = host.connect();

    host.text(ana, "hello");

    EXPECT_THAT(host.sent(ben), ElementsAre());
}

}  // namespace berth::test
