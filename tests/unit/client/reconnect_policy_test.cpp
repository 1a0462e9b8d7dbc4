// SPDX-License-Identifier: MIT
#include "client/reconnect_policy.hpp"

#include <gtest/gtest.h>

namespace berth::client::inner {
namespace {

using namespace std::chrono_literals;

constexpr double almost_all = 0.999999;

End closed(std::uint16_t code, std::string reason = {}) {
    return {.code = code, .is_clean = true, .reason = std::move(reason)};
}
End refused(std::uint16_t status, std::optional<Milliseconds> retry_after = {}) {
    return End::broken({.status = BERTH_CLIENT_REFUSED, .http_status = status, .retry_after = retry_after});
}
End failed(berth_client_status status) {
    return End::broken({.status = status});
}

class Reconnection : public testing::Test {
protected:
    ReconnectSettings settings{.is_on = true, .delay = 100ms, .delay_max = 1000ms};
    TimePoint now = Clock::now();

    /// The longest possible delays after these many losses in a row.
    static std::vector<std::int64_t> ceilings(ReconnectPolicy& policy, std::size_t losses, TimePoint at) {
        std::vector<std::int64_t> all;
        for (std::size_t i = 0; i < losses; ++i) {
            const auto delay = policy.next_delay(failed(BERTH_CLIENT_LOST), at, almost_all);
            all.push_back(delay ? delay->count() : -1);
        }
        return all;
    }
};

TEST_F(Reconnection, is_off_unless_asked_for) {
    ReconnectPolicy policy{ReconnectSettings{}};
    policy.opened(now);

    EXPECT_EQ(policy.next_delay(failed(BERTH_CLIENT_LOST), now, 0.5), std::nullopt);
}

TEST_F(Reconnection, does_not_repeat_the_first_attempt_unless_asked_for) {
    EXPECT_EQ(ReconnectPolicy{settings}.next_delay(failed(BERTH_CLIENT_UNREACHABLE), now, 0.5), std::nullopt);

    settings.first = true;
    EXPECT_EQ(ReconnectPolicy{settings}.next_delay(failed(BERTH_CLIENT_UNREACHABLE), now, 0.5), 50ms);
}

TEST_F(Reconnection, waits_a_random_part_of_a_ceiling_that_doubles_up_to_the_longest) {
    ReconnectPolicy policy{settings};
    policy.opened(now);

    EXPECT_EQ(ceilings(policy, 6, now), (std::vector<std::int64_t>{99, 199, 399, 799, 999, 999}));
    EXPECT_EQ(policy.next_delay(failed(BERTH_CLIENT_LOST), now, 0.0), 0ms)
        << "full jitter reaches down to nothing";
}

TEST_F(Reconnection, begins_with_short_delays_again_only_after_a_connection_that_held) {
    ReconnectPolicy policy{settings};
    policy.opened(now);
    ceilings(policy, 3, now);

    policy.opened(now);
    EXPECT_EQ(ceilings(policy, 1, now + stable_after - 1ms), (std::vector<std::int64_t>{799}));
    policy.opened(now);
    EXPECT_EQ(ceilings(policy, 1, now + stable_after), (std::vector<std::int64_t>{99}));
}

TEST_F(Reconnection, never_overflows) {
    settings.delay = settings.delay_max = std::chrono::hours{24 * 365};
    ReconnectPolicy policy{settings};
    policy.opened(now);

    for (int i = 0; i < 100; ++i) {
        const auto delay = policy.next_delay(failed(BERTH_CLIENT_LOST), now, almost_all);
        ASSERT_TRUE(delay && *delay > 0ms && *delay <= settings.delay_max);
    }
}

TEST_F(Reconnection, gives_up_after_so_many_attempts_in_a_row) {
    settings.attempts_max = 2;
    ReconnectPolicy policy{settings};
    policy.opened(now);

    EXPECT_EQ(ceilings(policy, 3, now), (std::vector<std::int64_t>{99, 199, -1}));
    policy.opened(now);
    EXPECT_EQ(ceilings(policy, 3, now), (std::vector<std::int64_t>{399, 799, -1}));
}

TEST_F(Reconnection, comes_not_before_the_server_said_and_spreads_beyond) {
    ReconnectPolicy policy{settings};
    policy.opened(now);

    EXPECT_EQ(policy.next_delay(refused(503, 30s), now, 0.0), 30s);
    EXPECT_EQ(policy.next_delay(refused(503, 30s), now, 0.5), 30s + 100ms);
    EXPECT_EQ(policy.next_delay(closed(1012, "redeploy; retry-after=7"), now, 0.0), 7s);
}

TEST_F(Reconnection, follows_closes_that_pass_and_no_others) {
    for (const std::uint16_t code :
         std::initializer_list<std::uint16_t>{1001, 1005, 1006, 1011, 1012, 1013, 1014})
        EXPECT_TRUE(is_worth_another(closed(code))) << code;
    for (const std::uint16_t code :
         std::initializer_list<std::uint16_t>{1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 4001, 4999})
        EXPECT_FALSE(is_worth_another(closed(code))) << code;
}

TEST_F(Reconnection, follows_an_invitation_whatever_the_code) {
    EXPECT_TRUE(is_worth_another(closed(4001, "retry-after=5")));
    EXPECT_TRUE(is_worth_another(closed(1000, "later, retry-after=5")));
}

TEST_F(Reconnection, follows_refusals_that_pass_and_no_others) {
    for (const std::uint16_t status : std::initializer_list<std::uint16_t>{408, 425, 429, 500, 502, 503, 504})
        EXPECT_TRUE(is_worth_another(refused(status))) << status;
    for (const std::uint16_t status :
         std::initializer_list<std::uint16_t>{200, 301, 400, 401, 403, 404, 426, 501, 505})
        EXPECT_FALSE(is_worth_another(refused(status, 5s))) << status;
}

TEST_F(Reconnection, follows_failures_of_the_network_and_no_broken_rules) {
    for (const auto status : {BERTH_CLIENT_TIMEOUT, BERTH_CLIENT_UNRESOLVED, BERTH_CLIENT_UNREACHABLE,
                              BERTH_CLIENT_LOST, BERTH_CLIENT_NO_RESOURCES})
        EXPECT_TRUE(is_worth_another(failed(status))) << status;
    for (const auto status :
         {BERTH_CLIENT_TLS, BERTH_CLIENT_PROTOCOL, BERTH_CLIENT_CLOSED, BERTH_CLIENT_INVALID})
        EXPECT_FALSE(is_worth_another(failed(status))) << status;
}

}  // namespace
}  // namespace berth::client::inner
