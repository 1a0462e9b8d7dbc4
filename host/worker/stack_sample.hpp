// SPDX-License-Identifier: MIT
/// Where a thread is at this moment, asked by another thread: for events that take long.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "link/slot_table.hpp"

namespace berth::host::worker {

/// Installs the handler of SIGURG, for the whole process, once: debuggers pass over this signal, and by default it does
/// nothing. What the library for stacks loads at its first use is loaded here. [any thread]
void install_stack_samples();

/// The addresses of the calls that the slot's thread is in, innermost first: of the event that began at `started_ns`,
/// which it may have left meanwhile. Waits up to `limit`; empty when the thread does not answer, which one that blocks all
/// signals never does. Whatever system call it is in returns early where it is one that signals interrupt. One at a time
/// in a process. [any thread but the slot's]
[[nodiscard]] std::vector<std::uintptr_t> sample_stack(const link::Slot& slot, std::int64_t started_ns, Milliseconds limit);

/// "spin+0x1c (chat.so) < message+0x40 (chat.so)": functions by the files' own symbols, those that a library keeps to itself
/// too unless it was stripped. Ends where the host's own code begins. [any thread]
[[nodiscard]] std::string describe_stack(const std::vector<std::uintptr_t>& addresses);

}  // namespace berth::host::worker
