// SPDX-License-Identifier: MIT
#include "integration/chaos/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <sstream>

namespace berth::test {
namespace {

std::vector<Row>& rows() {
    static std::vector<Row> all;
    return all;
}

std::string text_of(const std::optional<std::uint64_t>& count) { return count ? std::to_string(*count) : "–"; }

bool is_full_size() { return this_run().scale.value_or(0) >= 1; }

std::string text_of(const Figure& figure, double value) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(figure.unit == "ms" ? 0 : 1) << value << " " << figure.unit;
    return text.str();
}

/// All figures of a row, in words.
std::string words_of(const Row& row) {
    std::string words;
    for (const Figure& figure : row.figures) {
        const bool is_missed = is_full_size() && figure.measured > figure.most;
        words += figure.name + " " + text_of(figure, figure.measured) + (is_missed ? ", **MISSED:** at most " : " of at most ") +
                 text_of(figure, figure.most) + "; ";
    }
    return words;
}

void expect_figures(const Row& row) {
    if (!is_full_size()) return;
    for (const Figure& figure : row.figures) {
        EXPECT_LE(figure.measured, figure.most) << row.test << ": " << figure.name << " is " << text_of(figure, figure.measured)
                                                << ", and may be " << text_of(figure, figure.most) << " at most";
    }
}

void print_head() {
    std::cout << "| test | injected | survived | lost | duplicated | reordered | disconnected | longest pause | besides |\n"
              << "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
}

void print(const Row& row) {
    std::cout << "| " << row.test << " | " << row.injected << " | " << row.survived << " | " << text_of(row.lost) << " | "
              << text_of(row.duplicated) << " | " << text_of(row.reordered) << " | " << text_of(row.disconnected) << " | "
              << (row.longest_pause ? std::to_string(row.longest_pause->count()) + " ms" : "–") << " | " << words_of(row)
              << row.besides << " |\n"
              << std::flush;
}

}  // namespace

Run& this_run() {
    static Run run;
    return run;
}

std::uint64_t sized(std::uint64_t in_ci, std::uint64_t at_full_size) {
#if defined(BERTH_SANITIZED)
    constexpr double slowness = 5;
#else
    constexpr double slowness = 1;
#endif
    const auto& scale = this_run().scale;
    const double wanted = scale ? *scale * static_cast<double>(at_full_size) : static_cast<double>(in_ci) / slowness;
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(wanted)));
}

std::mt19937_64 seeded() {
    std::cout << testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() << ": --seed " << this_run().seed
              << (this_run().scale ? " --scale " + std::to_string(*this_run().scale) : "") << "\n";
    return std::mt19937_64{this_run().seed};
}

void report(Row row) {
    print_head();
    print(row);
    expect_figures(row);
    rows().push_back(std::move(row));
}

void print_table() {
    if (rows().empty()) return;
    std::cout << "\n";
    print_head();
    for (const Row& row : rows()) print(row);
}

std::chrono::milliseconds since(std::chrono::steady_clock::time_point then) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - then);
}

}  // namespace berth::test
