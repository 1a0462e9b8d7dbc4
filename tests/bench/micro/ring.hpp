// SPDX-License-Identifier: MIT
/// A ring of bytes in shared memory with one writer and one reader: what a lane could be instead of a socket pair. It is here
/// to be measured beside that, and is not part of the product.
#pragma once

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "base/unique_fd.hpp"

namespace berth::bench {

class Ring {
public:
    explicit Ring(std::size_t bytes) : bytes_(bytes), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        const host::UniqueFd file(::memfd_create("ring", MFD_CLOEXEC));
        if (::ftruncate(file.get(), static_cast<off_t>(bytes_)) != 0) throw std::runtime_error("ftruncate");
        // Mapped twice in a row, so that every record lies in one piece.
        void* const room = ::mmap(nullptr, 2 * bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        data_ = static_cast<char*>(room);
        for (char* half : {data_, data_ + bytes_}) {
            if (::mmap(half, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file.get(), 0) == MAP_FAILED)
                throw std::runtime_error("mmap");
        }
    }
    ~Ring() { ::munmap(data_, 2 * bytes_); }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// What to wait on, edge-triggered, after `falls_asleep`.
    [[nodiscard]] int wake_fd() const { return wake_.get(); }

    /// Takes what fits, and wakes a reader that sleeps. [writer]
    std::size_t write(std::string_view bytes) {
        const std::uint64_t end = end_.load(std::memory_order_relaxed);
        const auto used = static_cast<std::size_t>(end - begin_.load(std::memory_order_acquire));
        const std::size_t taken = std::min(bytes.size(), bytes_ - used);
        std::memcpy(data_ + end % bytes_, bytes.data(), taken);
        end_.store(end + taken, std::memory_order_seq_cst);
        if (taken != 0 && sleeps_.load(std::memory_order_seq_cst) && sleeps_.exchange(false)) {
            const std::uint64_t one = 1;
            static_cast<void>(!::write(wake_.get(), &one, sizeof one));
        }
        return taken;
    }

    /// What has come. [reader]
    [[nodiscard]] std::string_view readable() const {
        const std::uint64_t begin = begin_.load(std::memory_order_relaxed);
        return {data_ + begin % bytes_, static_cast<std::size_t>(end_.load(std::memory_order_acquire) - begin)};
    }
    void consume(std::size_t bytes) { begin_.store(begin_.load(std::memory_order_relaxed) + bytes, std::memory_order_release); }
    /// Arms the wake; false: something has come meanwhile, and there is nothing to wait for. [reader]
    [[nodiscard]] bool falls_asleep() {
        sleeps_.store(true, std::memory_order_seq_cst);
        if (end_.load(std::memory_order_seq_cst) == begin_.load(std::memory_order_relaxed)) return true;
        sleeps_.store(false, std::memory_order_relaxed);
        return false;
    }

private:
    const std::size_t bytes_;
    const host::UniqueFd wake_;
    char* data_ = nullptr;
    alignas(64) std::atomic<std::uint64_t> end_{0};
    alignas(64) std::atomic<std::uint64_t> begin_{0};
    alignas(64) std::atomic<bool> sleeps_{false};
};

}  // namespace berth::bench
