// SPDX-License-Identifier: MIT
/// Large payloads of one lane, one direction, in memory that both processes share: a record names the place instead of
/// carrying the bytes, which spares two copies through the socket and one into the record.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::host::link {

/// Where a payload lies; part of a record.
struct Placed {
    std::uint32_t set = 0;   ///< Slabs::set
    std::uint32_t page = 0;  ///< the first of its slab
    std::uint32_t bytes = 0;
};

/// A memfd of pages, from which each payload takes a slab of as many as it fills. The gateway makes it and passes the
/// descriptor on; both map the same memory. One end only puts, the other only looks and releases. A slab is in use from `put`
/// to `release`; when there is no room, or the payload is small or very large, the payload travels in its record.
///
/// The other end may be hostile: it can change what lies in a slab at any time, and what is in use. Nothing here trusts
/// the shared memory, so that it spoils its own payloads alone.
class Slabs {
public:
    static constexpr std::size_t page_bytes = 4u << 10;
    static constexpr std::size_t pages = 1024;
    /// Shorter payloads are cheaper within their records.
    static constexpr std::size_t payload_bytes_min = 4u << 10;
    static constexpr std::size_t payload_bytes_max = 64u << 10;

    static Result<Slabs> create();
    /// Maps the slabs behind a descriptor; refuses one of another size.
    static Result<Slabs> open(UniqueFd fd);

    Slabs(Slabs&& other) noexcept;
    Slabs& operator=(Slabs&&) = delete;
    ~Slabs();

    /// Of whoever made them, until it is passed on: the memory needs it no more.
    [[nodiscard]] int fd() const { return fd_.get(); }
    void close_fd() { fd_.reset(); }
    /// Tells these slabs from those of an earlier gateway, which a late record may still name.
    [[nodiscard]] std::uint32_t set() const { return set_; }

    /// Copies a payload into a slab; nothing: it travels in its record. [any thread]
    [[nodiscard]] std::optional<Placed> put(std::string_view payload);

    /// Whether a record may name that place.
    [[nodiscard]] static bool is_place(const Placed& place);
    /// The payload where it lies, which the other end may still change. [reader]
    [[nodiscard]] std::string_view look(const Placed& place) const;
    /// A copy that nobody changes. [reader; valid until the next]
    [[nodiscard]] std::string_view copy(const Placed& place);
    /// Its pages may be used again. [reader]
    void release(const Placed& place);

    /// Memory that what was put and looked at here has taken from the system, which keeps it for what is put next.
    [[nodiscard]] std::size_t held_bytes() const { return std::size_t{touched_.load(std::memory_order_relaxed)} * page_bytes; }
    /// Gives the system what is not in use, of either end. [thread that puts here]
    void give_back();

private:
    struct Head;
    Slabs(UniqueFd fd, char* memory);
    [[nodiscard]] Head& head() const;
    [[nodiscard]] char* at(const Placed& place) const;
    void note_touched(const Placed& place) const;

    UniqueFd fd_;
    char* memory_ = nullptr;
    std::uint32_t set_ = 0;
    mutable std::atomic<std::uint32_t> touched_{0};  ///< pages, up to the last; most are used from the first on
    std::string copied_;
};

}  // namespace berth::host::link
