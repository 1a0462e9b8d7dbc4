// SPDX-License-Identifier: MIT
// SEMANTICS: five events (connection, message, disconnection; those of the global service are beside).
#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {

using Events = WorkerTest;

TEST_F(Events, a_client_is_accepted_speaks_and_is_gone) {
    start();

    const ClientId ana = gateway().connect();
    EXPECT_EQ(ask(ana, "reply hello"), "hello");
    EXPECT_TRUE(gateway().is_done(ana, 1));
    gateway().closes(ana, 1000, link::Cause::client, "bye");

    EXPECT_TRUE(gateway().is_released(ana));
    const auto gone = log.lines("disconnection 1000 cause 1 reason bye", id(ana));
    ASSERT_EQ(gone.size(), 1u);
    EXPECT_EQ(gone[0].event, "disconnection");
}

}  // namespace berth::host::worker::test
