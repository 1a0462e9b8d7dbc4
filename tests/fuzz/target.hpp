// SPDX-License-Identifier: MIT
/// What a fuzz target provides, and what it says when a promise is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

/// libFuzzer's entry: reads any bytes; ends the process when a promise is broken.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace berth::fuzz {

/// Inputs from which mutation starts: between them they reach every rule.
std::vector<std::string> seeds();

/// Ends the process, for the fuzzer to report, unless `holds`.
inline void promise(bool holds, const char* sentence) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", sentence);
    std::abort();
}

}  // namespace berth::fuzz
