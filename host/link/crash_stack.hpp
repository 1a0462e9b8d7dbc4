// SPDX-License-Identifier: MIT
/// Where a thread was when it crashed, as it noted it itself, in memory that outlives its process.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace berth::host::link {

/// Of the first thread of a process that crashed. Written by its signal handler, read when the process has ended; a reader
/// believes none of it.
struct alignas(64) CrashStack {
    static constexpr std::size_t addresses_max = 48;
    static constexpr std::size_t files_bytes = 32u << 10;

    std::atomic<std::uint32_t> is_taken{0};    ///< not 0: a thread writes here, or has written
    std::atomic<std::uint32_t> count{0};       ///< of addresses
    std::atomic<std::uint32_t> files_size{0};  ///< bytes of `files`
    std::atomic<std::uint64_t> program{0};     ///< where the host's own program was loaded
    std::array<std::atomic<std::uint64_t>, addresses_max> addresses{};  ///< of the calls, innermost first
    /// Lines of /proc/self/maps (proc(5)): of each file where it begins and where its code lies.
    std::array<char, files_bytes> files{};
};

}  // namespace berth::host::link
