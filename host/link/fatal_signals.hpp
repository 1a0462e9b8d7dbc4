// SPDX-License-Identifier: MIT
/// The signals by which code kills its own process, and of which a worker notes whose thread it was.
#pragma once

#include <algorithm>
#include <array>
#include <csignal>

namespace berth::host::link {

/// A worker of its own process has a handler for each of them, which marks the slot (Slot::signal) of the thread that it
/// came to.
inline constexpr std::array fatal_signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

[[nodiscard]] constexpr bool is_fatal_signal(int signal) {
    return std::find(fatal_signals.begin(), fatal_signals.end(), signal) != fatal_signals.end();
}

}  // namespace berth::host::link
