// SPDX-License-Identifier: MIT
/// How much a run injects, by which seed, and the table that it prints.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace berth::test {

/// What the command line said. Set by `main` before any test.
struct Run {
    std::optional<double> scale;  ///< share of the full size; nothing: the size of a test in CI
    std::uint64_t seed = 0;
};
[[nodiscard]] Run& this_run();

/// How often: `in_ci` (a fifth of it under sanitizers), or this run's share of `at_full_size`; once at least.
[[nodiscard]] std::uint64_t sized(std::uint64_t in_ci, std::uint64_t at_full_size);

/// The run's generator for one test: the same numbers for the same seed. Prints how to play it again.
[[nodiscard]] std::mt19937_64 seeded();

/// A figure that the goal bounds (RELIABILITY §5). Measured at every size, and a bound at full size alone: what a test in CI
/// measures is a machine that is busy with other tests.
struct Figure {
    std::string name;
    double measured = 0;
    double most = 0;
    std::string unit = "ms";
};
[[nodiscard]] inline Figure figure_of(std::string name, std::chrono::milliseconds measured, std::chrono::milliseconds most) {
    return {std::move(name), static_cast<double>(measured.count()), static_cast<double>(most.count())};
}

/// What became of one kind of fault. What a row does not count stays empty.
struct Row {
    std::string test;
    std::uint64_t injected = 0;
    std::uint64_t survived = 0;
    std::optional<std::uint64_t> lost{};
    std::optional<std::uint64_t> duplicated{};
    std::optional<std::uint64_t> reordered{};
    std::optional<std::uint64_t> disconnected{};  ///< of those who were to stay
    std::optional<std::chrono::milliseconds> longest_pause{};
    std::vector<Figure> figures{};
    std::string besides{};  ///< more of its own, in words
};

/// Prints the row, and keeps it for `print_table`. At full size a figure beyond its bound fails the test.
void report(Row row);
/// All rows reported, as Markdown; nothing when there was none.
void print_table();

/// Whole milliseconds that have passed.
[[nodiscard]] std::chrono::milliseconds since(std::chrono::steady_clock::time_point then);

}  // namespace berth::test
