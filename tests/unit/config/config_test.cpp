// SPDX-License-Identifier: MIT
#include "config/config.hpp"

#include <berth/berth.h>
#include <gtest/gtest.h>

namespace berth::host::config {
namespace {

TEST(Flags, override_what_the_project_says_and_leave_the_rest) {
    const Flags none;
    const Flags some{.inline_handlers = false, .stateless = true, .repeatable = {}, .exclusive = {}};

    EXPECT_EQ(none.apply(BERTH_PROJECT_INLINE | 1u << 20), BERTH_PROJECT_INLINE | 1u << 20);
    EXPECT_EQ(some.apply(BERTH_PROJECT_INLINE | BERTH_PROJECT_EXCLUSIVE),
              std::uint64_t{BERTH_PROJECT_STATELESS | BERTH_PROJECT_EXCLUSIVE});
}

TEST(Threads, are_as_many_as_cores_unless_told) {
    EXPECT_EQ(io_threads_of({.io_threads = 3}), 3u);
    EXPECT_GE(io_threads_of({}), 1u);
    EXPECT_LE(io_threads_of({}), 64u);
}

TEST(Enumerations, are_named_as_in_the_file) {
    EXPECT_EQ(name_of(Isolation::none), "none");
    EXPECT_EQ(name_of(BacklogPolicy::drop_newest), "drop_newest");
    EXPECT_EQ(name_of(LogFormat::json), "json");
    EXPECT_EQ(name_of(LogFiles::both), "both");
    EXPECT_EQ(name_of(TlsVersion::v1_2), "1.2");
}

}  // namespace
}  // namespace berth::host::config
