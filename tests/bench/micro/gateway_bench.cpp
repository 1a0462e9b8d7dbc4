// SPDX-License-Identifier: MIT
/// What an I/O thread keeps for its clients: timers and outboxes.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "gateway/outbox.hpp"
#include "gateway/timer_wheel.hpp"

namespace {

using namespace berth::host;
using namespace berth::host::gateway;

struct Alarm final : Timer {
    void on_timer() override { ++rung; }
    std::uint64_t rung = 0;
};

/// A wheel with so many timers running, due over the next minute.
struct Crowd {
    explicit Crowd(std::size_t count) : alarms(count) {
        for (std::size_t i = 0; i < count; ++i) wheel.start(alarms[i], due(i));
    }
    static TimePoint due(std::size_t i) { return TimePoint{} + Milliseconds(1'000 + i * 7919 % 60'000); }

    TimerWheel wheel{TimePoint{}};
    std::vector<Alarm> alarms;
};

void timer_move(benchmark::State& state) {
    Crowd crowd(static_cast<std::size_t>(state.range(0)));
    std::size_t i = 0;
    for (auto _ : state) {
        crowd.wheel.start(crowd.alarms[i % crowd.alarms.size()], Crowd::due(i + 1));
        ++i;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(timer_move)->Arg(100)->Arg(10'000)->Arg(100'000);

/// One tick of time, with what is due started again for a minute later.
void timer_tick(benchmark::State& state) {
    Crowd crowd(static_cast<std::size_t>(state.range(0)));
    TimePoint now{};
    for (auto _ : state) {
        now += TimerWheel::tick;
        crowd.wheel.advance(now);
        state.PauseTiming();
        for (auto& alarm : crowd.alarms)
            if (!alarm.is_running()) crowd.wheel.start(alarm, now + Milliseconds(60'000));
        state.ResumeTiming();
    }
}
BENCHMARK(timer_tick)->Arg(100)->Arg(10'000)->Arg(100'000)->Iterations(1'000);

/// So many messages pushed, then taken by the socket in one write.
void outbox(benchmark::State& state) {
    const auto messages = state.range(0);
    const std::string payload(static_cast<std::size_t>(state.range(1)), 'x');
    FrameStore store;
    Outbox outbox(store);
    std::uint64_t freed = 0;
    for (auto _ : state) {
        for (std::int64_t i = 0; i < messages; ++i) {
            EncodedMessage message(store, link::Kind::buffer, payload, EncodedMessage::For::one);
            outbox.push_message(message, 16 << 20, BacklogPolicy::close, MessageOf::worker, freed);
        }
        freed += outbox.wrote(outbox.waiting_bytes());
    }
    benchmark::DoNotOptimize(freed);
    state.SetItemsProcessed(state.iterations() * messages);
}
BENCHMARK(outbox)
    ->Args({1, 20})
    ->Args({16, 20})
    ->Args({1, 1024})
    ->Args({16, 1024})
    ->Args({1, 16384})
    ->Args({16, 16384});

/// A burst of so many messages, each for all of a thousand clients, whose sockets take it in one write each.
void fan_out(benchmark::State& state) {
    const auto messages = state.range(0);
    const std::string payload(static_cast<std::size_t>(state.range(1)), 'x');
    FrameStore store;
    std::deque<Outbox> clients;
    for (int i = 0; i < 1'000; ++i) clients.emplace_back(store);
    std::uint64_t freed = 0;
    for (auto _ : state) {
        for (std::int64_t i = 0; i < messages; ++i) {
            EncodedMessage message(store, link::Kind::buffer, payload, EncodedMessage::For::many);
            for (Outbox& client : clients)
                client.push_message(message, 16 << 20, BacklogPolicy::close, MessageOf::worker, freed);
        }
        for (Outbox& client : clients) freed += client.wrote(client.waiting_bytes());
    }
    benchmark::DoNotOptimize(freed);
    state.SetItemsProcessed(state.iterations() * messages * static_cast<std::int64_t>(clients.size()));
}
BENCHMARK(fan_out)->Args({1, 64})->Args({16, 64})->Args({1, 16384});

}  // namespace
