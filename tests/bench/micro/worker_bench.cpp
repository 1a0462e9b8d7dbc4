// SPDX-License-Identifier: MIT
/// A context as a sequence, and the hop to an executor.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "link/slot_table.hpp"
#include "worker/context.hpp"
#include "worker/pool.hpp"
#include "worker/ticker.hpp"

namespace {

using namespace berth::host;
using namespace berth::host::worker;

constexpr std::size_t events_max = 1'024;
constexpr std::size_t bytes_max = 16 << 20;

/// So many messages pushed into a context, then taken and handled.
void sequence(benchmark::State& state) {
    db::Database database{{.directory = "/nonexistent"}};
    Context context(nullptr, database, events_max, bytes_max);
    const std::string payload(20, 'x');
    std::size_t handled = 0;
    for (auto _ : state) {
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            auto pushed = context.push(MessageItem{.seq = 1, .kind = link::Kind::buffer, .payload = payload});
            benchmark::DoNotOptimize(pushed);
        }
        while (auto item = context.take()) {
            context.handled(cost_of(*item));
            ++handled;
        }
        auto drained = context.drained();
        benchmark::DoNotOptimize(drained);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(handled));
}
BENCHMARK(sequence)->Arg(1)->Arg(16);

struct NoPosts final : PostSink {
    void deliver(Post) override {}
};

/// So many contexts handed to the pool in one go, until all have run.
void pool(benchmark::State& state) {
    link::SlotTable table = *link::SlotTable::create();
    Slots slots;
    ExecutorList executors;
    Outlet outlet;
    NoPosts posts;
    db::Database database{{.directory = "/nonexistent"}};
    Ticker ticker{[](TimePoint) { return Ticker::idle; }};
    std::atomic<std::int64_t> ran{0};
    Pool pool({.executors_max = 2, .executors_min = 1}, {table, slots, executors, outlet, posts, ticker},
              [&](Context&, Executor&) {
                  ran.fetch_add(1);
                  ran.notify_one();
                  return false;
              });
    ticker.start();
    pool.start();
    std::vector<ContextPtr> contexts;
    for (std::int64_t i = 0; i < state.range(0); ++i)
        contexts.push_back(std::make_shared<Context>(nullptr, database, events_max, bytes_max));
    for (auto _ : state) {
        ran = 0;
        std::vector<ContextPtr> batch = contexts;
        pool.push(batch);
        for (auto now = ran.load(); now < state.range(0); now = ran.load()) ran.wait(now);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    pool.stop();
    ticker.stop();
}
BENCHMARK(pool)->Arg(1)->Arg(16)->Arg(256)->UseRealTime();

}  // namespace
