// SPDX-License-Identifier: MIT
/// The parts of the load generator that a measurement rests on.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "bench/load/failure.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/pattern.hpp"
#include "bench/load/traffic.hpp"

namespace berth::bench {
namespace {

std::vector<char> answers(const Options& options, std::uint16_t connection, unsigned count) {
    std::vector<char> all;
    for (std::uint32_t number = 0; number < count; ++number) {
        Pattern pattern({options.sizes[(connection + number) % options.sizes.size()], options.is_text}, 1);
        const auto answer = pattern.answer(connection, number);
        all.insert(all.end(), answer.begin(), answer.end());
    }
    return all;
}

}  // namespace

TEST(Histogram, answers_quantiles_within_two_percent) {
    Histogram histogram;

    for (std::uint64_t value = 1; value <= 1'000'000; value += 7) histogram.add(value);

    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5)), 500'000, 10'000);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99)), 990'000, 20'000);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.001)), 1'000, 20);
}

TEST(Histogram, is_exact_for_small_values_and_takes_the_largest) {
    Histogram histogram;

    histogram.add(3);
    EXPECT_EQ(histogram.quantile(0.5), 3u);
    histogram.add(~std::uint64_t{0});
    EXPECT_GT(histogram.quantile(1), std::uint64_t{1} << 63);
    EXPECT_EQ(histogram.total(), 2u);
}

TEST(Stamp, is_printable_and_differs_by_connection_and_number) {
    std::set<Stamp> stamps;

    for (unsigned i = 0; i < 64; ++i) {
        stamps.insert(make_stamp(static_cast<std::uint16_t>(i * 1'021), 5));
        stamps.insert(make_stamp(0, i * 67'108'859u));
    }

    EXPECT_EQ(stamps.size(), 128u);
    for (const Stamp stamp : stamps)
        for (unsigned shift = 0; shift < 64; shift += 8) {
            const auto byte = static_cast<unsigned char>(stamp >> shift);
            EXPECT_TRUE(byte >= 0x20 && byte < 0x7F) << unsigned{byte};
        }
}

TEST(Traffic, knows_its_own_messages_however_they_are_cut) {
    Options options;
    options.sizes = {16, 300, 70'000};
    options.in_flight = 6;
    Traffic traffic(options);
    const auto bytes = answers(options, 4, 6);

    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4'096}, bytes.size()}) {
        Incoming incoming;
        unsigned whole = 0;
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            whole += traffic.take(4, incoming,
                                  std::span(bytes).subspan(at).first(std::min(piece, bytes.size() - at)));
        EXPECT_EQ(whole, 6u);
    }
}

TEST(Traffic, refuses_a_changed_byte_and_another_connections_message) {
    Options options;
    Traffic traffic(options);
    auto bytes = answers(options, 4, 1);
    Incoming incoming;

    EXPECT_THROW(traffic.take(5, incoming, bytes), Failure);
    bytes.back() ^= 1;
    incoming = {};
    EXPECT_THROW(traffic.take(4, incoming, bytes), Failure);
}

}  // namespace berth::bench
