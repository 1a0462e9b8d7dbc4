// SPDX-License-Identifier: MIT
/// Runs a fuzz target without libFuzzer: on its seeds and variations of them, or on the files named.
/// `--write DIRECTORY` writes the seeds as files instead.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "fuzz/target.hpp"

namespace {

constexpr int mutations_per_seed = 1000;

void run(std::string_view bytes) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// Changes, inserts, removes or repeats some bytes.
std::string mutated(std::string bytes, std::mt19937& random) {
    const auto below = [&random](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
        const std::size_t at = below(bytes.size() + 1);
        const std::size_t length = 1 + below(8);
        switch (below(5)) {
            case 0:
                if (at < bytes.size()) bytes[at] = static_cast<char>(random());
                break;
            case 1:
                if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
                break;
            case 2:
                bytes.insert(at, 1, static_cast<char>(random()));
                break;
            case 3:
                bytes.erase(at, length);
                break;
            default:
                bytes.insert(at, bytes.substr(below(bytes.size() + 1), length));
                break;
        }
    }
    return bytes;
}

int write_seeds(const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    int number = 0;
    for (const std::string& seed : berth::fuzz::seeds()) {
        std::ofstream file{directory / ("seed_" + std::to_string(number++)), std::ios::binary};
        file << seed;
        if (!file.flush()) {
            std::cerr << "can not write seeds to " << directory << '\n';
            return 1;
        }
    }
    return 0;
}

int run_file(const char* name) {
    std::ifstream file{name, std::ios::binary};
    if (!file) {
        std::cerr << "can not read " << name << '\n';
        return 1;
    }
    run(std::string{std::istreambuf_iterator<char>{file}, {}});
    return 0;
}

int run_seeds() {
    std::mt19937 random{1};
    for (const std::string& seed : berth::fuzz::seeds()) {
        for (std::size_t size = 0; size <= seed.size(); ++size) run(seed.substr(0, size));
        for (int i = 0; i < mutations_per_seed; ++i) run(mutated(seed, random));
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view{argv[1]} == "--write") return write_seeds(argv[2]);
    if (argc == 1) return run_seeds();
    int failures = 0;
    for (int i = 1; i < argc; ++i) failures += run_file(argv[i]);
    return failures == 0 ? 0 : 1;
}
