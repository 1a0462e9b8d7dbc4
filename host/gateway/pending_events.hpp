// SPDX-License-Identifier: MIT
/// Events of one client that the worker has and has not finished: what back-pressure counts, and what is repeated to
/// the next worker where the project survives one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/free_memory.hpp"
#include "gateway/inbox_total.hpp"
#include "link/actions.hpp"
#include "link/events.hpp"

namespace berth::host::gateway {

/// Numbers events from 1. Acknowledgements come in order. Owns no memory while nothing is pending. [I/O thread]
class PendingEvents {
public:
    struct Kept {
        link::Kind kind = link::Kind::text;
        std::string payload;
    };

    PendingEvents() = default;
    PendingEvents(PendingEvents&& other) noexcept { *this = std::move(other); }
    /// The other one has nothing pending any more, and counts nowhere.
    PendingEvents& operator=(PendingEvents&& other) noexcept {
        if (this == &other) return *this;
        count_in(nullptr);
        sizes_ = std::exchange(other.sizes_, {});
        kept_ = std::exchange(other.kept_, {});
        first_ = std::exchange(other.first_, 0);
        bytes_ = std::exchange(other.bytes_, 0);
        last_ = other.last_;
        inbox_ = std::exchange(other.inbox_, nullptr);
        return *this;
    }
    ~PendingEvents() { count_in(nullptr); }

    /// Where it counts from now on, with what is pending; null: nowhere. [borrowed: until it counts elsewhere]
    void count_in(InboxShare* inbox) {
        if (inbox_) inbox_->remove(cost());
        inbox_ = inbox;
        if (inbox_) inbox_->add(cost());
    }

    /// @return the new event's number
    std::uint64_t add(std::size_t bytes) {
        if (sizes_.capacity() == 0) sizes_.reserve(first_entries);
        sizes_.push_back(static_cast<std::uint32_t>(bytes));
        bytes_ += bytes;
        if (inbox_) inbox_->add(link::message_cost(bytes));
        return ++last_;
    }
    /// As above, with the bytes. A client's events are all kept, or none.
    std::uint64_t keep(link::Kind kind, std::string_view payload) {
        kept_.push_back({kind, std::string(payload)});
        return add(payload.size());
    }

    /// The event `seq` and all before it are done; answers false for a number that was never given out.
    bool done(std::uint64_t seq) {
        if (seq > last_) return false;
        const std::uint64_t before = cost();
        while (count() != 0 && last_ - count() < seq) {
            if (!kept_.empty()) free_memory(kept_[first_].payload);
            bytes_ -= sizes_[first_++];
        }
        if (inbox_) inbox_->remove(before - cost());
        if (count() == 0) {
            free_memory(sizes_);
            free_memory(kept_);
            first_ = 0;
        } else if (first_ >= compact_from && first_ > sizes_.size() / 2) {
            // Who always has something pending must not own what it had pending for ever.
            const auto gone = static_cast<std::ptrdiff_t>(first_);
            sizes_.erase(sizes_.begin(), sizes_.begin() + gone);
            if (!kept_.empty()) kept_.erase(kept_.begin(), kept_.begin() + gone);
            first_ = 0;
        }
        return true;
    }
    /// Whether it was given out and is not done.
    [[nodiscard]] bool has(std::uint64_t seq) const { return seq <= last_ && seq > last_ - count(); }
    /// Nothing of it will be done.
    void drop_all() { done(last_); }

    /// Calls `one(seq, event)` for what is pending and was kept, in order.
    template <class One>
    void for_each_kept(One&& one) const {
        std::uint64_t seq = last_ - count();
        for (std::size_t i = first_; i < kept_.size(); ++i) one(++seq, kept_[i]);
    }

    [[nodiscard]] std::size_t count() const { return sizes_.size() - first_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// With what each event costs beside its bytes.
    [[nodiscard]] std::uint64_t cost() const { return bytes_ + count() * link::message_cost(0); }
    /// Memory that is owned.
    [[nodiscard]] std::size_t held_bytes() const {
        return sizes_.capacity() * sizeof(sizes_[0]) + kept_.capacity() * sizeof(Kept) + (kept_.empty() ? 0 : bytes_);
    }
    /// Entries that memory is owned for.
    [[nodiscard]] std::size_t capacity() const { return sizes_.capacity(); }

private:
    static constexpr std::size_t compact_from = 32;
    static constexpr std::size_t first_entries = 16;  ///< of 4 bytes: what pipelines is not to grow step by step

    std::vector<std::uint32_t> sizes_;
    std::vector<Kept> kept_;  ///< beside sizes_; empty where nothing is kept
    std::size_t first_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
    InboxShare* inbox_ = nullptr;
};

}  // namespace berth::host::gateway
