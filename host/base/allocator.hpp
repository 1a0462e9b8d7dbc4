// SPDX-License-Identifier: MIT
/// How a process's allocator behaves.
#pragma once

#include <malloc.h>

namespace berth::host {

/// Memory that a burst of messages has freed stays for the next one, within bounds. The C library's usual thresholds give it
/// back to the system each time more than 128 KiB are free, and fetching the same pages anew costs more than a message does:
/// a fifth of the processor's time at 16 KiB a message. Where the library has no such thresholds, nothing changes.
inline void keep_memory_of_bursts() {
#if defined(M_TRIM_THRESHOLD) && defined(M_MMAP_THRESHOLD)
    constexpr int kept_bytes = 8 << 20;      ///< free at the end of the heap
    constexpr int own_pages_bytes = 4 << 20;  ///< blocks beyond come from the system and go back to it, one by one
    ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
    ::mallopt(M_MMAP_THRESHOLD, own_pages_bytes);
#endif
}

}  // namespace berth::host
