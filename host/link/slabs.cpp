// SPDX-License-Identifier: MIT
#include "link/slabs.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.hpp"

namespace berth::host::link {
namespace {

constexpr std::size_t head_bytes = Slabs::page_bytes;
constexpr std::size_t all_bytes = head_bytes + Slabs::pages * Slabs::page_bytes;

/// Pages in one word of the head, a bit each; no slab goes over its end.
constexpr std::uint32_t word_pages = 64;

constexpr std::uint32_t pages_of(std::size_t bytes) {
    return static_cast<std::uint32_t>((bytes + Slabs::page_bytes - 1) / Slabs::page_bytes);
}
static_assert(pages_of(Slabs::payload_bytes_max) < word_pages);

constexpr std::uint64_t bits_of(std::uint32_t first, std::uint32_t count) { return ((std::uint64_t{1} << count) - 1) << first; }

/// Where `count` zeros begin in a word, as bits.
constexpr std::uint64_t gaps_of(std::uint64_t word, std::uint32_t count) {
    std::uint64_t gaps = ~word;
    for (std::uint32_t found = 1; found < count;) {
        const std::uint32_t more = std::min(found, count - found);
        gaps &= gaps >> more;
        found += more;
    }
    return gaps;
}

}  // namespace

struct Slabs::Head {
    std::uint32_t set;
    std::array<std::atomic<std::uint64_t>, pages / word_pages> in_use;
};

Result<Slabs> Slabs::create() {
    UniqueFd fd(::memfd_create("berth-slabs", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return fail_errno("create slabs", errno);
    if (::ftruncate(fd.get(), all_bytes) != 0) return fail_errno("size slabs", errno);
    // Whoever shrank the file would make the other end fault.
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return fail_errno("seal slabs", errno);
    std::uint32_t set = 0;
    if (::getrandom(&set, sizeof set, GRND_NONBLOCK) != sizeof set) return fail_errno("a name for slabs", errno);
    if (::pwrite(fd.get(), &set, sizeof set, 0) != sizeof set) return fail_errno("name slabs", errno);
    return open(std::move(fd));
}

Result<Slabs> Slabs::open(UniqueFd fd) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail_errno("look at slabs", errno);
    if (static_cast<std::size_t>(status.st_size) != all_bytes) {
        return fail(Code::invalid, "slabs of " + std::to_string(status.st_size) + " bytes instead of " + std::to_string(all_bytes));
    }
    void* memory = ::mmap(nullptr, all_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (memory == MAP_FAILED) return fail_errno("map slabs", errno);
    return Slabs(std::move(fd), static_cast<char*>(memory));
}

Slabs::Slabs(UniqueFd fd, char* memory) : fd_(std::move(fd)), memory_(memory), set_(head().set) {
    static_assert(sizeof(Head) <= head_bytes);
}

Slabs::Slabs(Slabs&& other) noexcept
    : fd_(std::move(other.fd_)), memory_(std::exchange(other.memory_, nullptr)), set_(other.set_), touched_(other.touched_.load()) {}

Slabs::~Slabs() {
    if (memory_) ::munmap(memory_, all_bytes);
}

// The kernel hands out zeroed memory: nothing is in use.
Slabs::Head& Slabs::head() const { return *reinterpret_cast<Head*>(memory_); }

bool Slabs::is_place(const Placed& place) {
    return place.page < pages && place.bytes != 0 && place.bytes <= payload_bytes_max &&
           place.page % word_pages + pages_of(place.bytes) <= word_pages;
}

std::optional<Placed> Slabs::put(std::string_view payload) {
    if (payload.size() < payload_bytes_min || payload.size() > payload_bytes_max) return std::nullopt;
    const std::uint32_t count = pages_of(payload.size());
    // The first that are free: few are touched where little is under way, and those are in the processor's cache.
    for (std::uint32_t i = 0; i < head().in_use.size(); ++i) {
        auto& word = head().in_use[i];
        std::uint64_t in_use = word.load(std::memory_order_relaxed);
        const std::uint64_t gaps = gaps_of(in_use, count);
        if (gaps == 0) continue;
        const auto first = static_cast<std::uint32_t>(std::countr_zero(gaps));
        // Tried once: the other end could change the word for ever.
        if (!word.compare_exchange_strong(in_use, in_use | bits_of(first, count), std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
            continue;
        }
        const Placed place{set_, i * word_pages + first, static_cast<std::uint32_t>(payload.size())};
        std::memcpy(at(place), payload.data(), payload.size());
        note_touched(place);
        return place;
    }
    return std::nullopt;
}

std::string_view Slabs::look(const Placed& place) const {
    BERTH_ASSERT(is_place(place));
    note_touched(place);
    return {at(place), place.bytes};
}

void Slabs::note_touched(const Placed& place) const {
    const std::uint32_t end = place.page + pages_of(place.bytes);
    std::uint32_t before = touched_.load(std::memory_order_relaxed);
    while (before < end && !touched_.compare_exchange_weak(before, end, std::memory_order_relaxed)) {
    }
}

void Slabs::give_back() {
    const std::uint32_t before = touched_.load(std::memory_order_relaxed);
    std::uint32_t after = 0;
    for (std::uint32_t first = 0; first < before; first += word_pages) {
        auto& word = head().in_use[first / word_pages];
        // Nobody can put anything there meanwhile.
        const std::uint64_t in_use = word.fetch_or(~std::uint64_t{0}, std::memory_order_acquire);
        for (std::uint32_t page = 0; page < word_pages;) {
            const std::uint64_t rest = in_use >> page;
            const auto used = std::min(static_cast<std::uint32_t>(std::countr_one(rest)), word_pages - page);
            if (used != 0) {
                page += used;
                after = first + page;
                continue;
            }
            const auto free = std::min(static_cast<std::uint32_t>(std::countr_zero(rest)), word_pages - page);
            char* const begin = memory_ + head_bytes + (first + page) * page_bytes;
            page += free;
            if (::madvise(begin, free * page_bytes, MADV_REMOVE) != 0) after = first + page;
        }
        word.fetch_and(in_use, std::memory_order_release);
    }
    touched_.store(std::min(before, after), std::memory_order_relaxed);
}

std::string_view Slabs::copy(const Placed& place) {
    copied_ = look(place);
    return copied_;
}

void Slabs::release(const Placed& place) {
    BERTH_ASSERT(is_place(place));
    head().in_use[place.page / word_pages].fetch_and(~bits_of(place.page % word_pages, pages_of(place.bytes)),
                                                     std::memory_order_release);
}

char* Slabs::at(const Placed& place) const { return memory_ + head_bytes + place.page * page_bytes; }

}  // namespace berth::host::link
