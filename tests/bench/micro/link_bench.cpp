// SPDX-License-Identifier: MIT
/// Records between gateway and worker: encoded and decoded, sixteen of a turn.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "link/record.hpp"

namespace {

using namespace berth::host;
using namespace berth::host::link;

constexpr int records = 16;
constexpr ClientId client = make_client_id({.slot = 7});

struct EventCounter final : EventSink {
    void opening(const Opening&) override {}
    void opened(ClientId, std::string_view) override {}
    void abandoned(ClientId, std::uint16_t, Cause, std::string_view) override {}
    void message(ClientId, std::uint64_t, Kind, std::string_view payload) override {
        bytes += payload.size();
    }
    void closed(ClientId, std::uint16_t, Cause, std::string_view) override {}
    void resumed(const Opening&, const Resumption&) override {}
    void subscribed(ClientId, std::string_view) override {}
    void parting(ClientId) override {}
    void lost(std::span<const ClientId>) override {}
    void credit(ClientId, std::uint64_t) override {}
    void flush() override {}
    std::size_t bytes = 0;
};

struct ActionCounter final : ActionSink {
    void admitted(ClientId, const Admission&) override {}
    void send(ClientId, Kind, std::string_view payload) override { bytes += payload.size(); }
    void send_many(std::span<const ClientId> clients, Kind, std::string_view) override {
        bytes += clients.size();
    }
    void subscribe(ClientId, std::string_view) override {}
    void unsubscribe(ClientId, std::string_view) override {}
    void publish(const Publication& publication) override { bytes += publication.payload.size(); }
    void close(ClientId, std::uint16_t, Cause, std::string_view) override {}
    void done(ClientId, std::uint64_t) override {}
    void saved(ClientId, std::string_view) override {}
    void parted(ClientId) override {}
    void released(ClientId) override {}
    std::size_t bytes = 0;
};

void events(benchmark::State& state) {
    const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
    EventEncoder encoder;
    EventCounter sink;
    for (auto _ : state) {
        encoder.buffer.clear();
        for (int i = 0; i < records; ++i) encoder.message(client, 1, Kind::buffer, payload);
        auto taken = decode_events(encoder.buffer, sink);
        benchmark::DoNotOptimize(taken);
    }
    state.SetItemsProcessed(state.iterations() * records);
}
BENCHMARK(events)->Arg(20)->Arg(1024)->Arg(16384);

void actions(benchmark::State& state) {
    const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
    ActionEncoder encoder;
    ActionCounter sink;
    for (auto _ : state) {
        encoder.buffer.clear();
        for (int i = 0; i < records; ++i) {
            encoder.send(client, Kind::buffer, payload);
            encoder.done(client, 1);
        }
        auto taken = decode_actions(encoder.buffer, sink);
        benchmark::DoNotOptimize(taken);
    }
    state.SetItemsProcessed(state.iterations() * records);
}
BENCHMARK(actions)->Arg(20)->Arg(1024)->Arg(16384);

/// One message to so many clients.
void send_many(benchmark::State& state) {
    std::vector<ClientId> clients;
    for (std::uint32_t i = 1; i <= state.range(0); ++i) clients.push_back(make_client_id({.slot = i}));
    const std::string payload(64, 'x');
    ActionEncoder encoder;
    ActionCounter sink;
    for (auto _ : state) {
        encoder.buffer.clear();
        encoder.send_many(clients, Kind::buffer, payload);
        auto taken = decode_actions(encoder.buffer, sink);
        benchmark::DoNotOptimize(taken);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(send_many)->Arg(1'000)->Arg(10'000);

}  // namespace
