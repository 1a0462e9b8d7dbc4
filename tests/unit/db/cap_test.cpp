// SPDX-License-Identifier: MIT
#include "db/cap.hpp"

#include <atomic>
#include <thread>

#include "unit/db/database_fixture.hpp"

namespace berth::host::db {
namespace {

using std::chrono::milliseconds;

/// Waits until a condition holds; false when it does not within ten seconds.
template <class Condition>
bool eventually(Condition condition) {
    const TimePoint deadline = Clock::now() + milliseconds(10'000);
    while (!condition()) {
        if (Clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

TEST(Cap, hands_out_its_slots_and_takes_them_back) {
    Cap cap(2, milliseconds(0));
    auto first = cap.acquire();
    auto second = cap.acquire();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(cap.figures().open, 2u);
    EXPECT_FALSE(cap.acquire());

    *first = Cap::Slot();

    EXPECT_EQ(cap.figures().open, 1u);
    EXPECT_TRUE(cap.acquire());
    EXPECT_EQ(cap.figures().open, 1u);
    EXPECT_EQ(cap.figures().refused, 1u);
}

TEST(Cap, refuses_after_the_time_out_with_a_sentence) {
    Cap cap(1, milliseconds(20));
    const auto held = cap.acquire();

    const auto refused = cap.acquire();

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::timed_out);
    EXPECT_EQ(refused.error().message,
              "all 1 database connections of this project stayed in use for 20 ms: close some by ending "
              "their contexts, or "
              "raise database.connections");
    EXPECT_EQ(cap.figures().waiting, 0u);
}

TEST(Cap, serves_those_who_wait_in_the_order_of_their_arrival) {
    Cap cap(1, milliseconds(30'000));
    auto held = cap.acquire();
    Mutex mutex;
    std::vector<int> order;
    std::vector<std::thread> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back([&, i] {
            const auto slot = cap.acquire();
            const MutexLock lock(mutex);
            order.push_back(slot ? i : -1);
        });
        ASSERT_TRUE(eventually([&] { return cap.figures().waiting == static_cast<std::size_t>(i) + 1; }));
    }

    *held = Cap::Slot();
    for (std::thread& thread : waiting) thread.join();

    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
    EXPECT_EQ(cap.figures().waited, 4u);
    EXPECT_EQ(cap.figures().open, 0u);
}

TEST(Cap, lets_a_newcomer_pass_nobody) {
    Cap cap(2, milliseconds(30'000));
    auto a = cap.acquire();
    auto b = cap.acquire();
    std::atomic<int> served = 0;
    std::vector<std::thread> waiting;
    for (int i = 0; i < 8; ++i)
        waiting.emplace_back([&] {
            for (int round = 0; round < 100; ++round) {
                const auto slot = cap.acquire();
                EXPECT_LE(cap.figures().open, 2u);
                if (slot) ++served;
            }
        });
    *a = Cap::Slot();
    *b = Cap::Slot();
    for (std::thread& thread : waiting) thread.join();

    EXPECT_EQ(served, 800);
    EXPECT_EQ(cap.figures().open, 0u);
    EXPECT_EQ(cap.figures().waiting, 0u);
}

class CapTest : public DatabaseTest {};

TEST_F(CapTest, bounds_the_connections_of_a_database) {
    Database database(
        {.directory = directory, .file = "data.sqlite", .connections_max = 1, .busy = milliseconds(20)});
    auto first = opened(database);

    EXPECT_EQ(database.open().error().code, Code::timed_out);
    first.reset();

    EXPECT_TRUE(database.open());
}

TEST_F(CapTest, lets_a_waiting_context_have_the_connection_that_another_gives_up) {
    Database database(
        {.directory = directory, .file = "data.sqlite", .connections_max = 1, .busy = milliseconds(30'000)});
    auto first = opened(database);
    std::atomic<bool> done = false;
    std::thread second([&] { done = database.open().has_value(); });
    ASSERT_TRUE(eventually([&] { return database.figures().waiting == 1; }));

    first.reset();
    second.join();

    EXPECT_TRUE(done);
}

}  // namespace
}  // namespace berth::host::db
