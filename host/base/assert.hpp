// SPDX-License-Identifier: MIT
/// Assertions that stay on in every build: a bug stops the process with its place.
#pragma once

namespace berth::host {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;
}

#define BERTH_ASSERT(expression) \
    ((expression) ? static_cast<void>(0) : ::berth::host::assertion_failed(#expression, __FILE__, __LINE__))
