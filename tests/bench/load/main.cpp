// SPDX-License-Identifier: MIT
/// The load generator. `bench_load --help` says what it is told on its command line and on standard input.
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "bench/load/failure.hpp"
#include "bench/load/load.hpp"

namespace {

using namespace berth::bench;

/// Does what a line asks for; answers with one line of JSON.
std::string obey(Load& load, const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (unsigned count = 0; verb == "open" && words >> count) {
        const auto began = Clock::now();
        load.open(count);
        const std::chrono::duration<double> took = Clock::now() - began;
        return nlohmann::json{{"connections", count}, {"seconds", took.count()}}.dump();
    }
    if (int warm_up_ms = 0, window_ms = 0; verb == "run" && words >> warm_up_ms >> window_ms)
        return load.run(std::chrono::milliseconds(warm_up_ms), std::chrono::milliseconds(window_ms)).json();
    throw Failure("not understood: " + line);
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    try {
        const auto load = make_load(options);
        for (std::string line; std::getline(std::cin, line);) std::cout << obey(*load, line) << std::endl;
    } catch (const std::exception& error) {
        std::cout << nlohmann::json{{"error", error.what()}}.dump() << std::endl;
        return 1;
    }
}
