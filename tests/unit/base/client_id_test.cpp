// SPDX-License-Identifier: MIT
#include "base/client_id.hpp"

#include <gtest/gtest.h>

namespace berth::host {

TEST(ClientId, keeps_its_parts) {
    const ClientId id = make_client_id({.incarnation = 4095, .reuse = 1048575, .thread = 63, .slot = 1048575});

    const ClientIdParts parts = parts_of(id);

    EXPECT_EQ(parts.incarnation, 4095u);
    EXPECT_EQ(parts.reuse, 1048575u);
    EXPECT_EQ(parts.thread, 63u);
    EXPECT_EQ(parts.slot, 1048575u);
}

TEST(ClientId, of_a_young_host_is_a_small_number) {
    EXPECT_EQ(value_of(make_client_id({.slot = 7})), 7u);
}

TEST(ClientId, of_another_incarnation_of_the_gateway_is_another_id) {
    EXPECT_NE(make_client_id({.incarnation = 0, .slot = 7}), make_client_id({.incarnation = 1, .slot = 7}));
}

}  // namespace berth::host
