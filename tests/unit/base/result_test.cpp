// SPDX-License-Identifier: MIT
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace berth::host {

TEST(Result, lets_each_layer_add_the_noun_it_knows) {
    const auto inner = []() -> Result<int> { return fail(Code::invalid, "needs ABI 1.3"); };

    const Result<int> outer = fail("project chat: ", inner().error());

    EXPECT_EQ(outer.error().message, "project chat: needs ABI 1.3");
    EXPECT_EQ(outer.error().code, Code::invalid);
}

TEST(Result, names_what_a_system_call_said) {
    const Result<int> result = fail_errno("open /nowhere", ENOENT);

    EXPECT_EQ(result.error().message, "open /nowhere: No such file or directory");
    EXPECT_EQ(result.error().code, Code::not_found);
}

}  // namespace berth::host
