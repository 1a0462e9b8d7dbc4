// SPDX-License-Identifier: MIT
#include "supervisor/restart_policy.hpp"

#include <gmock/gmock.h>

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using Fault = RestartPolicy::Fault;

constexpr TimePoint begin{1h};

RestartPolicy policy_with(double random, RestartPolicy::Options options = {}) {
    return RestartPolicy(options, [random] { return random; });
}

TEST(RestartPolicy, waits_longer_after_each_death_up_to_30_s) {
    RestartPolicy policy = policy_with(0.5, {.deaths_max = 0});

    std::vector<Milliseconds> delays;
    for (int i = 0; i < 9; ++i) delays.push_back(policy.died(begin, Fault::its_own).value());

    EXPECT_THAT(delays, ElementsAre(0ms, 100ms, 500ms, 2s, 5s, 10s, 30s, 30s, 30s));
}

TEST(RestartPolicy, spreads_each_delay_by_a_fifth_both_ways) {
    RestartPolicy early = policy_with(0.0, {.deaths_max = 0});
    RestartPolicy late = policy_with(1.0, {.deaths_max = 0});
    for (int i = 0; i < 3; ++i) {
        static_cast<void>(early.died(begin, Fault::its_own));
        static_cast<void>(late.died(begin, Fault::its_own));
    }

    EXPECT_EQ(early.died(begin, Fault::its_own), 1600ms);
    EXPECT_EQ(late.died(begin, Fault::its_own), 2400ms);
}

TEST(RestartPolicy, starts_again_without_delay_after_60_s_of_health) {
    RestartPolicy policy = policy_with(0.5);
    static_cast<void>(policy.died(begin, Fault::its_own));
    policy.started(begin);
    EXPECT_EQ(policy.died(begin + 59s, Fault::its_own), 100ms);

    policy.started(begin + 60s);

    EXPECT_EQ(policy.died(begin + 120s, Fault::its_own), 0ms);
}

TEST(RestartPolicy, gives_up_at_the_fifth_death_within_five_minutes) {
    RestartPolicy policy = policy_with(0.5);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(policy.died(begin + i * 70s, Fault::its_own).has_value());

    EXPECT_EQ(policy.died(begin + 290s, Fault::its_own), std::nullopt);
}

TEST(RestartPolicy, forgets_deaths_that_are_older_than_the_window) {
    RestartPolicy policy = policy_with(0.5);
    for (int i = 0; i < 4; ++i) static_cast<void>(policy.died(begin, Fault::its_own));

    EXPECT_TRUE(policy.died(begin + 301s, Fault::its_own).has_value());
}

TEST(RestartPolicy, waits_ever_longer_after_deaths_of_anothers_fault_and_does_not_count_them) {
    RestartPolicy policy = policy_with(0.5);
    for (int i = 0; i < 20; ++i) static_cast<void>(policy.died(begin, Fault::another));

    EXPECT_EQ(policy.died(begin, Fault::another), 30s);
}

TEST(RestartPolicy, keeps_nobody_waiting_for_long_after_deaths_that_clients_caused) {
    RestartPolicy policy = policy_with(0.5);

    std::vector<Milliseconds> delays;
    for (int i = 0; i < 20; ++i) delays.push_back(policy.died(begin, Fault::client).value());

    EXPECT_EQ(delays[0], 0ms);
    EXPECT_EQ(delays[1], 100ms);
    EXPECT_THAT(std::vector(delays.begin() + 2, delays.end()), Each(500ms));
}

TEST(RestartPolicy, takes_no_death_that_a_client_caused_for_a_reason_to_wait_after_others) {
    RestartPolicy policy = policy_with(0.5);
    for (int i = 0; i < 20; ++i) static_cast<void>(policy.died(begin, Fault::client));

    EXPECT_EQ(policy.died(begin, Fault::its_own), 0ms);
    EXPECT_EQ(policy.died(begin, Fault::its_own), 100ms);
}

TEST(RestartPolicy, starts_again_without_delay_after_60_s_without_a_death_that_a_client_caused) {
    RestartPolicy policy = policy_with(0.5);
    for (int i = 0; i < 5; ++i) static_cast<void>(policy.died(begin, Fault::client));
    policy.started(begin);

    EXPECT_EQ(policy.died(begin + 60s, Fault::client), 0ms);
}

TEST(RestartPolicy, gives_another_chance_after_a_reset) {
    RestartPolicy policy = policy_with(0.5);
    for (int i = 0; i < 5; ++i) static_cast<void>(policy.died(begin, Fault::its_own));

    policy.reset();

    EXPECT_EQ(policy.died(begin, Fault::its_own), 0ms);
}

}  // namespace
}  // namespace berth::host::supervisor
