// SPDX-License-Identifier: MIT
/// A lane by itself, three ways: a socket pair, a socket pair with large payloads in shared slabs (what Berth has), and a
/// ring in shared memory each way. So many messages of a size go as one batch to a thread that sleeps, which answers all.
/// Both threads share a core, as gateway and worker do where the machine is full. The time is the processor's, of both.
#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/micro/ring.hpp"
#include "link/channel.hpp"
#include "link/record.hpp"
#include "link/slabs.hpp"

namespace {

using namespace berth::host;
using namespace berth::host::link;
using berth::bench::Ring;

constexpr ClientId client = make_client_id({.slot = 7});
/// More than a batch, so that nobody waits for room.
constexpr std::size_t ring_bytes = 1u << 20;

class Waiter {
public:
    Waiter(int fd, std::uint32_t events) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        epoll_event event{};
        event.events = events;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }
    void wait() {
        epoll_event event{};
        ::epoll_wait(epoll_.get(), &event, 1, -1);
    }

private:
    UniqueFd epoll_;
};

/// One end of a socket pair.
class SocketEnd {
public:
    explicit SocketEnd(UniqueFd fd) : channel_(std::move(fd)), waiter_(channel_.fd(), EPOLLIN) {}
    void write(std::string_view records) {
        bool has_rest = channel_.write(records);
        while (has_rest) has_rest = channel_.flush();
    }
    template <class Decode>
    void read(Decode&& decode) {
        waiter_.wait();
        static_cast<void>(channel_.read(decode));
    }

private:
    Channel channel_;
    Waiter waiter_;
};

/// One end of two rings.
class RingEnd {
public:
    RingEnd(Ring& in, Ring& out) : in_(in), out_(out), waiter_(in.wake_fd(), EPOLLIN | EPOLLET) {}
    void write(std::string_view records) {
        while (!records.empty()) records.remove_prefix(out_.write(records));
    }
    template <class Decode>
    void read(Decode&& decode) {
        while (in_.falls_asleep()) waiter_.wait();
        // In place: the other end is not distrusted here.
        in_.consume(*decode(in_.readable()));
    }

private:
    Ring& in_;
    Ring& out_;
    Waiter waiter_;
};

void share_a_core() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
}

/// What both directions share beside the stream; null where payloads travel in their records.
struct Shared {
    Slabs* events = nullptr;
    Slabs* actions = nullptr;
};

/// Answers each message, and stops after an empty one.
template <class End>
class Worker final : private EventEncoder {
public:
    Worker(End& end, Shared shared) : end_(end), shared_(shared), thread_([this] { run(); }) {}
    ~Worker() override { thread_.join(); }

private:
    void run() {
        share_a_core();
        while (!is_over_) {
            end_.read([this](std::string_view bytes) {
                EventSink& sink = *this;
                return decode_events(bytes, sink, shared_.events);
            });
            end_.write(actions_.buffer);
            actions_.buffer.clear();
        }
    }
    void message(ClientId from, std::uint64_t, Kind kind, std::string_view payload) override {
        is_over_ = payload.empty();
        const auto place = shared_.actions ? shared_.actions->put(payload) : std::nullopt;
        if (place) {
            actions_.send_placed(from, kind, *place);
        } else {
            actions_.send(from, kind, payload);
        }
    }

    End& end_;
    Shared shared_;
    ActionEncoder actions_;
    bool is_over_ = false;
    std::thread thread_;
};

struct Answers final : ActionEncoder {
    void send(ClientId, Kind, std::string_view payload) override {
        // As an outbox takes it.
        taken.assign(payload);
        ++count;
    }
    std::string taken;
    std::int64_t count = 0;
};

template <class End>
void converse(benchmark::State& state, End& ours, End& theirs, Shared shared) {
    cpu_set_t before;
    ::pthread_getaffinity_np(::pthread_self(), sizeof before, &before);
    share_a_core();
    const std::int64_t batch = state.range(0);
    const std::string payload(static_cast<std::size_t>(state.range(1)), 'x');
    EventEncoder events;
    Answers answers;
    const auto exchange = [&](std::int64_t count, std::string_view what) {
        for (std::int64_t i = 0; i < count; ++i) {
            const auto place = shared.events ? shared.events->put(what) : std::nullopt;
            if (place) {
                events.message_placed(client, 1, Kind::buffer, *place);
            } else {
                events.message(client, 1, Kind::buffer, what);
            }
        }
        ours.write(events.buffer);
        events.buffer.clear();
        for (answers.count = 0; answers.count < count;) {
            ours.read([&](std::string_view bytes) {
                ActionSink& sink = answers;
                return decode_actions(bytes, sink, shared.actions);
            });
        }
    };
    {
        const Worker<End> worker(theirs, shared);
        for (auto _ : state) exchange(batch, payload);
        exchange(1, {});
    }
    ::pthread_setaffinity_np(::pthread_self(), sizeof before, &before);
    state.SetItemsProcessed(state.iterations() * batch);
}

void lane_socket(benchmark::State& state) {
    auto pair = *Channel::pair();
    SocketEnd ours(std::move(pair.first)), theirs(std::move(pair.second));
    converse(state, ours, theirs, {});
}

void lane_socket_and_slabs(benchmark::State& state) {
    auto pair = *Channel::pair();
    SocketEnd ours(std::move(pair.first)), theirs(std::move(pair.second));
    Slabs events = *Slabs::create(), actions = *Slabs::create();
    converse(state, ours, theirs, {.events = &events, .actions = &actions});
}

void lane_ring(benchmark::State& state) {
    Ring there(ring_bytes), back(ring_bytes);
    RingEnd ours(back, there), theirs(there, back);
    converse(state, ours, theirs, {});
}

/// Messages of a batch, bytes of each.
void sizes(benchmark::internal::Benchmark* bench) {
    for (const std::int64_t bytes : {20, 1'024, 16'384}) {
        for (const std::int64_t batch : {1, 16}) bench->Args({batch, bytes});
    }
    bench->Args({256, 20});
    bench->MeasureProcessCPUTime()->UseRealTime();
}
BENCHMARK(lane_socket)->Apply(sizes);
BENCHMARK(lane_socket_and_slabs)->Apply(sizes);
BENCHMARK(lane_ring)->Apply(sizes);

}  // namespace
