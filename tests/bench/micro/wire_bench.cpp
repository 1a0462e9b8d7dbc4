// SPDX-License-Identifier: MIT
/// The protocol code: masks, UTF-8, frames in both directions.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "wire/deflater.hpp"
#include "wire/frame_parser.hpp"
#include "wire/frame_writer.hpp"
#include "wire/inflater.hpp"
#include "wire/mask.hpp"
#include "wire/utf8.hpp"

namespace {

using namespace berth::wire;

constexpr MaskingKey key{0x5a, 0xc3, 0x17, 0xe8};

std::size_t size_of(const benchmark::State& state) {
    return static_cast<std::size_t>(state.range(0));
}

void count_bytes(benchmark::State& state) {
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void mask(benchmark::State& state) {
    std::string bytes(size_of(state), 'x');
    for (auto _ : state) {
        apply_mask(bytes, key);
        benchmark::DoNotOptimize(bytes.data());
    }
    count_bytes(state);
}
BENCHMARK(mask)->Arg(20)->Arg(125)->Arg(1024)->Arg(16384)->Arg(65536);

void utf8(benchmark::State& state, const std::string& words) {
    std::string text;
    while (text.size() + words.size() <= size_of(state)) text += words;
    text.append(size_of(state) - text.size(), '.');
    for (auto _ : state) {
        bool is_valid = is_valid_utf8(text);
        benchmark::DoNotOptimize(is_valid);
    }
    count_bytes(state);
}
BENCHMARK_CAPTURE(utf8, ascii, "the ships lie in the harbour ")->Arg(20)->Arg(1024)->Arg(16384);
BENCHMARK_CAPTURE(utf8, two_bytes, "\xd0\xba\xd0\xbe\xd1\x80\xd0\xb0\xd0\xb1\xd0\xbb\xd1\x8c ")
    ->Arg(1024)
    ->Arg(16384);
BENCHMARK_CAPTURE(utf8, three_bytes, "\xe6\xb8\xaf\xe5\x8f\xa3")->Arg(1024)->Arg(16384);
BENCHMARK_CAPTURE(
    utf8, mixed,
    "quay, \xd0\xbf\xd1\x80\xd0\xb8\xd1\x87\xd0\xb0\xd0\xbb, \xe6\xb8\xaf\xe5\x8f\xa3 \xf0\x9f\x9a\xa2 ")
    ->Arg(1024)
    ->Arg(16384);

struct Counter final : FrameSink {
    Flow message(const Message& message) override {
        bytes += message.payload.size();
        return Flow::go_on;
    }
    Flow ping(std::string_view) override { return Flow::go_on; }
    Flow pong(std::string_view) override { return Flow::go_on; }
    void closed(std::uint16_t, std::string_view) override {}
    void failed(FrameError) override {}

    std::size_t bytes = 0;
};

/// Sixteen messages that came with one read. They are unmasked in place, so each round masks them again; that
/// is the figure of `mask`.
void parse(benchmark::State& state, Opcode opcode) {
    constexpr std::size_t frames = 16;
    const std::string payload(size_of(state), 'x');
    std::string fresh;
    for (std::size_t i = 0; i < frames; ++i) append_frame(fresh, opcode, payload, key);
    const std::size_t frame_bytes = fresh.size() / frames;
    const std::size_t header_bytes = frame_header_bytes(payload.size(), true);
    std::string bytes = fresh;
    FrameParser parser(Role::server);
    Counter sink;
    for (auto _ : state) {
        parser.consume(bytes, sink);
        benchmark::DoNotOptimize(sink.bytes);
        for (std::size_t i = 0; i < frames; ++i)
            apply_mask(std::span(bytes).subspan(i * frame_bytes + header_bytes, payload.size()), key);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames));
}
BENCHMARK_CAPTURE(parse, buffer, Opcode::binary)->Arg(20)->Arg(1024)->Arg(16384);
BENCHMARK_CAPTURE(parse, text, Opcode::text)->Arg(20)->Arg(1024)->Arg(16384);

/// One message that came in two reads, so that it has to be gathered.
void parse_split(benchmark::State& state) {
    std::string fresh;
    append_frame(fresh, Opcode::binary, std::string(size_of(state), 'x'), key);
    std::string bytes;
    FrameParser parser(Role::server);
    Counter sink;
    for (auto _ : state) {
        bytes = fresh;
        const std::span<char> all(bytes);
        parser.consume(all.first(all.size() / 2), sink);
        parser.consume(all.subspan(all.size() / 2), sink);
        benchmark::DoNotOptimize(sink.bytes);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_split)->Arg(20)->Arg(1024)->Arg(16384);

void write(benchmark::State& state) {
    const std::string payload(size_of(state), 'x');
    std::string frames;
    for (auto _ : state) {
        frames.clear();
        append_frame(frames, Opcode::binary, payload);
        benchmark::DoNotOptimize(frames.data());
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(write)->Arg(20)->Arg(1024)->Arg(16384);

/// Reports of ships as a program would send them: alike, and no two the same.
std::string reports(std::size_t bytes, std::size_t number) {
    std::string text;
    while (text.size() < bytes) {
        ++number;
        text += R"({"ship":"mv )" + std::to_string(number * 7919 % 1000) + R"(","latitude":)" +
                std::to_string(53.0 + static_cast<double>(number * 104729 % 100'000) / 1e5) + R"(,"longitude":)" +
                std::to_string(9.0 + static_cast<double>(number * 15485863 % 100'000) / 1e5) + R"(,"knots":)" +
                std::to_string(number * 31 % 25) + "}";
    }
    return text.substr(0, bytes);
}

/// More than a window holds even of the smallest, so that none is found again.
constexpr std::size_t different = 512;

/// What a message of that size costs to compress, at which level, alone or after others; `smaller` is by how many times,
/// `held` the bytes of the deflater.
void deflate(benchmark::State& state) {
    Deflater deflater({.level = static_cast<std::uint8_t>(state.range(1))}, state.range(2) != 0);
    std::vector<std::string> payloads;
    for (std::size_t i = 0; i < different; ++i) payloads.push_back(reports(size_of(state), i * 1000));
    std::string made;
    std::size_t i = 0, bytes = 0;
    for (auto _ : state) {
        made.clear();
        deflater.append(made, payloads[i++ % different]);
        bytes += made.size();
        benchmark::DoNotOptimize(made.data());
    }
    count_bytes(state);
    state.counters["smaller"] = static_cast<double>(state.iterations()) * static_cast<double>(state.range(0)) / static_cast<double>(bytes);
    state.counters["held"] = static_cast<double>(deflater.held_bytes());
}
BENCHMARK(deflate)->ArgNames({"bytes", "level", "context"})->ArgsProduct({{128, 1024, 16384}, {1, 6}, {0, 1}});

/// The same messages back, through a parser as a server has one.
void inflate(benchmark::State& state) {
    const bool takes_over = state.range(1) != 0;
    Deflater deflater({}, takes_over);
    std::string fresh, made;
    for (std::size_t i = 0; i < different; ++i) {
        made.clear();
        deflater.append(made, reports(size_of(state), i * 1000));
        append_message(fresh, MessageKind::text, made, true);
    }
    Counter sink;
    std::size_t held = 0;
    for (auto _ : state) {
        // A context begins with the first message.
        Inflater inflater(15, takes_over);
        FrameParser parser(Role::client, {}, &inflater);
        std::string bytes = fresh;
        parser.consume(bytes, sink);
        held = inflater.held_bytes();
        benchmark::DoNotOptimize(sink.bytes);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(different));
    state.counters["held"] = static_cast<double>(held);
}
BENCHMARK(inflate)->ArgNames({"bytes", "context"})->ArgsProduct({{128, 1024, 16384}, {0, 1}});

}  // namespace
