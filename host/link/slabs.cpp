// SPDX-License-Identifier: MIT
#include "link/slabs.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

#include "base/assert.hpp"

namespace berth::host::link {
namespace {

/// Slabs begin at a page of their own.
constexpr std::size_t head_bytes = 4096;
constexpr std::size_t all_bytes = head_bytes + Slabs::count * Slabs::slab_bytes;

}  // namespace

struct Slabs::Head {
    std::uint32_t set;
    std::array<std::atomic<std::uint32_t>, count> in_use;
};

Result<Slabs> Slabs::create() {
    UniqueFd fd(::memfd_create("berth-slabs", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return fail_errno("create slabs", errno);
    if (::ftruncate(fd.get(), all_bytes) != 0) return fail_errno("size slabs", errno);
    // Whoever shrank the file would make the other end fault.
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return fail_errno("seal slabs", errno);
    const std::uint32_t set = std::random_device{}();
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
    : fd_(std::move(other.fd_)), memory_(std::exchange(other.memory_, nullptr)), set_(other.set_) {}

Slabs::~Slabs() {
    if (memory_) ::munmap(memory_, all_bytes);
}

// The kernel hands out zeroed memory: nothing is in use.
Slabs::Head& Slabs::head() const { return *reinterpret_cast<Head*>(memory_); }

char* Slabs::slab(std::uint32_t index) const { return memory_ + head_bytes + index * slab_bytes; }

std::optional<Placed> Slabs::put(std::string_view payload) {
    if (payload.size() < payload_bytes_min || payload.size() > slab_bytes) return std::nullopt;
    auto& in_use = head().in_use;
    // The first that is free: few are touched where little is under way, and those are in the processor's cache.
    for (std::uint32_t index = 0; index < count; ++index) {
        std::uint32_t is_in_use = in_use[index].load(std::memory_order_relaxed);
        if (is_in_use != 0 || !in_use[index].compare_exchange_strong(is_in_use, 1, std::memory_order_acquire)) continue;
        std::memcpy(slab(index), payload.data(), payload.size());
        return Placed{set_, index, static_cast<std::uint32_t>(payload.size())};
    }
    return std::nullopt;
}

std::string_view Slabs::look(const Placed& place) const {
    BERTH_ASSERT(is_place(place));
    return {slab(place.slab), place.bytes};
}

std::string_view Slabs::copy(const Placed& place) {
    copied_ = look(place);
    return copied_;
}

void Slabs::release(const Placed& place) {
    BERTH_ASSERT(is_place(place));
    head().in_use[place.slab].store(0, std::memory_order_release);
}

}  // namespace berth::host::link
