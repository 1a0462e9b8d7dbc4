// SPDX-License-Identifier: MIT
/// How much memory this host may use.
#pragma once

#include <cstdint>
#include <filesystem>

namespace berth::host::supervisor {

/// The least limit of the control group that `membership` (/proc/PID/cgroup) names below `root`, and of those above it:
/// memory.max and memory.high of version 2. 0: none is set, or none can be read.
std::uint64_t control_group_memory(const std::filesystem::path& membership, const std::filesystem::path& root);

/// The machine's memory in bytes, or less where a control group (a service's MemoryMax, a container's limit) allows this
/// process less; 0 when it is not known.
std::uint64_t usable_memory();

}  // namespace berth::host::supervisor
