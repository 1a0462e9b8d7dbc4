// SPDX-License-Identifier: MIT
#include <berth/testing/types.hpp>
#include <gtest/gtest.h>

#include "config/config.hpp"

namespace berth::host::config {
namespace {

TEST(TestOptions, are_those_of_a_host_without_configuration) {
    const TestOptions in_a_test;
    const Limits limits;

    EXPECT_EQ(in_a_test.message_bytes, limits.message_bytes);
    EXPECT_EQ(in_a_test.backlog_bytes, limits.backlog_bytes);
    EXPECT_EQ(in_a_test.handler, limits.handler);
    EXPECT_EQ(in_a_test.connection_event, limits.connection_event);
    EXPECT_EQ(in_a_test.database_file, Database{}.file);
    EXPECT_EQ(in_a_test.database_connections, Database{}.connections);
}

}  // namespace
}  // namespace berth::host::config
