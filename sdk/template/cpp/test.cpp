// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <berth/testing.hpp>

namespace {

const std::filesystem::path library = LIBRARY;

TEST(Project, welcomes_and_counts_for_each_client) {
    berth::TestHost host(library);
    auto ana = host.connect(), ben = host.connect();
    EXPECT_EQ(ana.hears(), "welcome to %NAME%");
    EXPECT_EQ(ben.hears(), "welcome to %NAME%");

    ana.says("hello");
    ana.says("again");
    ben.says("hi");

%if database
    EXPECT_EQ(ana.hears(), "1 of 1: hello");
    EXPECT_EQ(ana.hears(), "2 of 2: again");
    EXPECT_EQ(ben.hears(), "1 of 3: hi");
    EXPECT_EQ(host.sql("select count(*) from message"), "3");
%end
%unless database
    EXPECT_EQ(ana.hears(), "1: hello");
    EXPECT_EQ(ana.hears(), "2: again");
    EXPECT_EQ(ben.hears(), "1: hi");
%end
}

TEST(Project, runs_its_global_service_every_20_seconds) {
    berth::TestHost host(library);

    host.advance("1 min");  // takes no time

    EXPECT_EQ(host.count(berth::TestEvent::global_service), 4u);
    EXPECT_TRUE(host.failures().empty());
}

}  // namespace
