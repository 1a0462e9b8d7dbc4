// SPDX-License-Identifier: MIT
//
// A host for tests of a project: in this process, on the test's thread, in virtual time, without sockets.
// It runs the same code as the real host's worker, so what a test sees is what users get. Bound to no test
// framework. CMake: target_link_libraries(my_test PRIVATE berth::testing)
//
//   auto host = berth::TestHost::of<Chat>();          // or TestHost("build/chat.so")
//   auto ana = host.connect("/chat?room=lobby");
//   ana.says("hello");
//   EXPECT_EQ(ana.hears(), "hello");
//   host.advance("20 s");                             // takes no time
#ifndef BERTH_TESTING_HPP
#define BERTH_TESTING_HPP

#include "testing/host.hpp"

#endif
