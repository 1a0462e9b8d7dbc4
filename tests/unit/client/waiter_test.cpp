// SPDX-License-Identifier: MIT
#include "client/waiter.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <system_error>
#include <vector>

namespace berth::client::inner {
namespace {

/// As long as it lives no more descriptors than these may be open, or waited for at once.
class DescriptorLimit {
public:
    explicit DescriptorLimit(rlim_t most) {
        getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit low{.rlim_cur = most, .rlim_max = before_.rlim_max};
        setrlimit(RLIMIT_NOFILE, &low);
    }
    ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
    DescriptorLimit(const DescriptorLimit&) = delete;
    DescriptorLimit& operator=(const DescriptorLimit&) = delete;

private:
    rlimit before_{};
};

TEST(ClientWaiter, says_that_the_system_does_not_let_it_wait_instead_of_returning_at_once) {
    Waiter waiter;
    std::vector<pollfd> descriptors(100, pollfd{.fd = -1, .events = POLLIN, .revents = 0});
    const DescriptorLimit limit{descriptors.size() - 1};

    EXPECT_THROW(waiter.wait(descriptors, never), std::system_error);
    EXPECT_THROW(waiter.wait_unless_given_up(descriptors, never), std::system_error);
}

TEST(ClientWaiter, is_ended_by_a_call_that_came_before) {
    Waiter waiter;
    std::array<pollfd, 1> nothing_else{};
    waiter.wake();

    EXPECT_EQ(waiter.wait(nothing_else, never), Waiter::Woke::called);
    EXPECT_EQ(waiter.wait(nothing_else, Clock::now()), Waiter::Woke::deadline);
}

}  // namespace
}  // namespace berth::client::inner
