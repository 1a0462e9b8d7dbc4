// SPDX-License-Identifier: MIT
#include "wire/require.hpp"

#include <cstdio>
#include <cstdlib>

namespace berth::wire {

void broken_contract(const char* expected) noexcept {
    std::fprintf(stderr, "berth::wire: contract broken: %s\n", expected);
    std::abort();
}

}  // namespace berth::wire
