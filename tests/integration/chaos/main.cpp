// SPDX-License-Identifier: MIT
/// The program of all rows: which, how much, by which seed. Without arguments of its own it is a test in CI.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "integration/chaos/run.hpp"

namespace {

struct RowName {
    std::string_view name;
    std::string_view filter;  ///< of GoogleTest
};

constexpr RowName rows[]{
    {"crashes", "ChaosOfCrashes.*"},         {"redeploys", "*ChaosOfRedeploys.*"},
    {"libraries", "ChaosOfLibraries.*"},     {"hangs", "ChaosOfHangs.*"},
    {"misdeeds", "ChaosOfMisdeeds.*"},
    {"poison", "ChaosOfPoison.*"},           {"gateway", "ChaosOfGateways.*"},
    {"supervisor", "ChaosOfSupervisors.*"},  {"reloads", "ChaosOfReloads.*"},
    {"certificates", "ChaosOfCertificates.*"}, {"clients", "ChaosOfClients.*"},
    {"commits", "ChaosOfCommits.*"},         {"hostile", "ChaosOfAttacks.*"},
    {"soak", "ChaosSoak.*"},
};

int explain(std::string_view what) {
    std::cerr << what << "\nusage: host_chaos [--only ROW] [--scale SHARE] [--seed N]\n"
              << "  --scale 1 is the full size, --scale 0.1 a tenth; without it the size is that of a test in CI\nrows:";
    for (const RowName& row : rows) std::cerr << " " << row.name;
    std::cerr << "\n";
    return 2;
}

/// Thousands of clients are as many descriptors.
void allow_descriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    berth::test::Run& run = berth::test::this_run();
    run.seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) % 1'000'000'000;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view option = argv[i];
        if (i + 1 == argc) return explain("a value is missing behind " + std::string(option));
        const char* const value = argv[i + 1];
        char* end = nullptr;
        if (option == "--only") {
            std::string_view filter;
            for (const RowName& row : rows)
                if (row.name == value) filter = row.filter;
            if (filter.empty()) return explain("there is no row " + std::string(value));
            GTEST_FLAG_SET(filter, std::string(filter));
            end = argv[i + 1] + std::string_view(value).size();
        } else if (option == "--scale") {
            run.scale = std::strtod(value, &end);
            if (!(*run.scale > 0)) return explain("--scale is a number above 0, not " + std::string(value));
        } else if (option == "--seed") {
            run.seed = std::strtoull(value, &end, 10);
        } else {
            return explain("unknown option " + std::string(option));
        }
        if (*end != '\0') return explain(std::string(value) + " is no number");
    }
    allow_descriptors();
    const int result = RUN_ALL_TESTS();
    berth::test::print_table();
    return result;
}
