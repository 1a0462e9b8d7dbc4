// SPDX-License-Identifier: MIT
/// What inflater and deflater have in common: a stream of zlib that knows how much memory it has.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdlib>

namespace berth::wire {

/// Stays where it was made: zlib keeps its address. Whoever starts a stream ends it.
struct ZlibStream {
    ZlibStream() noexcept {
        zlib.zalloc = allocate;
        zlib.zfree = release;
        zlib.opaque = &bytes;
    }
    ZlibStream(const ZlibStream&) = delete;
    ZlibStream& operator=(const ZlibStream&) = delete;

    z_stream zlib{};
    std::size_t bytes = sizeof(ZlibStream);  ///< zlib gives nothing back before its end, so it only grows

private:
    static void* allocate(void* bytes, unsigned items, unsigned size) noexcept {
        const std::size_t wanted = std::size_t{items} * size;
        void* const memory = std::malloc(wanted);
        if (memory != nullptr) *static_cast<std::size_t*>(bytes) += wanted;
        return memory;
    }
    static void release(void*, void* memory) noexcept { std::free(memory); }
};

}  // namespace berth::wire
