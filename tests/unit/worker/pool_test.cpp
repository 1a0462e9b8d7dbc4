// SPDX-License-Identifier: MIT
#include "worker/pool.hpp"

#include <gtest/gtest.h>

#include "base/executors.hpp"
#include "support/deadline.hpp"

namespace berth::host::worker {
namespace {

using berth::test::eventually;

struct NoPosts final : PostSink {
    void deliver(Post) override {}
};

class Pools : public ::testing::Test {
protected:
    void make(Pool::Options options, Pool::Run run) {
        pool = std::make_unique<Pool>(options,
                                      Pool::Surroundings{table, slots, executors, outlet, posts, ticker},
                                      std::move(run));
        ticker.start();
        pool->start();
    }
    void TearDown() override {
        if (pool) pool->stop();
        ticker.stop();
    }
    ContextPtr context() { return std::make_shared<Context>(nullptr, database, 64, 1 << 20); }

    link::SlotTable table = *link::SlotTable::create();
    Slots slots;
    ExecutorList executors;
    Outlet outlet;
    NoPosts posts;
    db::Database database{{.directory = "/nonexistent"}};
    Ticker ticker{[this](TimePoint now) { return pool->tick(now) ? Pool::stalled_after : Ticker::idle; }};
    std::unique_ptr<Pool> pool;
    std::atomic<bool> is_open{false};
    std::atomic<int> inside{0};
    std::atomic<int> runs{0};  ///< outlives the pool, as all that its executors touch must
};

TEST_F(Pools, grow_to_256_while_all_block_and_shrink_again_when_idle) {
    make({.executors_max = 256, .executors_min = 2, .idle = Milliseconds(50)}, [this](Context&, Executor&) {
        ++inside;
        is_open.wait(false);
        return false;
    });

    for (int i = 0; i < 300; ++i) pool->push(context());

    EXPECT_TRUE(eventually([&] { return inside == 256; }));
    EXPECT_EQ(pool->figures().executors, 256u);
    EXPECT_EQ(pool->figures().queued, 44u);
    is_open = true;
    is_open.notify_all();
    EXPECT_TRUE(eventually([&] { return inside == 300; }));
    EXPECT_TRUE(eventually([&] { return pool->figures().executors <= 2; }));
}

TEST_F(Pools, do_not_grow_for_work_that_does_not_block) {
    make({.executors_max = 64, .executors_min = 2}, [this](Context&, Executor&) { return ++runs < 20'000; });

    for (int i = 0; i < 10; ++i) pool->push(context());

    EXPECT_TRUE(eventually([&] { return runs >= 20'000; }));
    EXPECT_LE(pool->figures().executors, 16u) << "a few more may come when the machine is busy elsewhere";
}

TEST_F(Pools, put_a_context_with_more_work_behind_the_others) {
    std::mutex mutex;
    std::vector<Context*> order;
    const ContextPtr greedy = context();
    const ContextPtr modest = context();
    make({.executors_max = 1, .executors_min = 1}, [&](Context& running, Executor&) {
        const std::lock_guard lock(mutex);
        order.push_back(&running);
        return &running == greedy.get() && order.size() < 5;
    });

    std::vector<ContextPtr> both{greedy, modest};
    pool->push(both);

    EXPECT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return order.size() >= 5;
    }));
    EXPECT_EQ(order[0], greedy.get());
    EXPECT_EQ(order[1], modest.get());
}

TEST_F(Pools, run_as_many_contexts_at_once_as_can_be_configured) {
    make({.executors_max = executors_max, .executors_min = executors_max}, [this](Context&, Executor&) {
        ++inside;
        is_open.wait(false);
        return false;
    });
    for (std::uint32_t i = 0; i < executors_max; ++i) pool->push(context());

    EXPECT_TRUE(eventually([&] { return inside == static_cast<int>(executors_max); })) << inside;
    is_open = true;
    is_open.notify_all();
}

}  // namespace
}  // namespace berth::host::worker
