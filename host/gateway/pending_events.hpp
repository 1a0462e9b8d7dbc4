// SPDX-License-Identifier: MIT
/// Events of one client that the worker has and has not finished: what back-pressure counts, and what is repeated to
/// the next worker where the project survives one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/free_memory.hpp"
#include "gateway/inbox_total.hpp"
#include "link/actions.hpp"
#include "link/events.hpp"

namespace berth::host::gateway {

/// Numbers events from 1. Acknowledgements come in order. Owns no memory while at most one is pending that is not kept.
/// [I/O thread]
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
        several_ = std::exchange(other.several_, nullptr);
        only_ = other.only_;
        count_ = std::exchange(other.count_, 0);
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
        if (count_ == 0 && !several_) {
            only_ = static_cast<std::uint32_t>(bytes);
        } else {
            several().sizes.push_back(static_cast<std::uint32_t>(bytes));
        }
        ++count_;
        bytes_ += bytes;
        if (inbox_) inbox_->add(link::message_cost(bytes));
        return ++last_;
    }
    /// As above, with the bytes. A client's events are all kept, or none.
    std::uint64_t keep(link::Kind kind, std::string_view payload) {
        several().kept.push_back({kind, std::string(payload)});
        return add(payload.size());
    }

    /// The event `seq` and all before it are done; answers false for a number that was never given out.
    bool done(std::uint64_t seq) {
        if (seq > last_) return false;
        const std::uint64_t before = cost();
        while (count_ != 0 && last_ - count_ < seq) {
            bytes_ -= several_ ? several_->take_first() : only_;
            --count_;
        }
        if (inbox_) inbox_->remove(before - cost());
        if (count_ == 0) {
            several_.reset();
        } else if (several_) {
            several_->compact();
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
        if (!several_) return;
        std::uint64_t seq = last_ - count_;
        for (std::size_t i = several_->first; i < several_->kept.size(); ++i) one(++seq, several_->kept[i]);
    }

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// With what each event costs beside its bytes.
    [[nodiscard]] std::uint64_t cost() const { return bytes_ + count() * link::message_cost(0); }
    /// Memory that is owned.
    [[nodiscard]] std::size_t held_bytes() const {
        if (!several_) return 0;
        return sizeof(Several) + several_->sizes.capacity() * sizeof(several_->sizes[0]) +
               several_->kept.capacity() * sizeof(Kept) + (several_->kept.empty() ? 0 : bytes_);
    }
    /// Entries that memory is owned for.
    [[nodiscard]] std::size_t capacity() const { return several_ ? several_->sizes.capacity() : 0; }

private:
    /// In memory of its own, which who sends one message at a time never needs.
    struct Several {
        static constexpr std::size_t compact_from = 32;
        static constexpr std::size_t first_entries = 16;  ///< of 4 bytes: what pipelines is not to grow step by step

        std::vector<std::uint32_t> sizes;
        std::vector<Kept> kept;  ///< beside sizes; empty where nothing is kept
        std::size_t first = 0;   ///< that is pending

        /// The first one's size; it is pending no more.
        std::uint32_t take_first() {
            if (!kept.empty()) free_memory(kept[first].payload);
            return sizes[first++];
        }
        /// Who always has something pending must not own what it had pending for ever.
        void compact() {
            if (first < compact_from || first <= sizes.size() / 2) return;
            const auto gone = static_cast<std::ptrdiff_t>(first);
            sizes.erase(sizes.begin(), sizes.begin() + gone);
            if (!kept.empty()) kept.erase(kept.begin(), kept.begin() + gone);
            first = 0;
        }
    };

    Several& several() {
        if (several_) return *several_;
        several_ = std::make_unique<Several>();
        several_->sizes.reserve(Several::first_entries);
        if (count_ != 0) several_->sizes.push_back(only_);
        return *several_;
    }

    std::unique_ptr<Several> several_;
    std::uint32_t only_ = 0;  ///< size of the one that is pending, where there are not several
    std::uint32_t count_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
    InboxShare* inbox_ = nullptr;
};

}  // namespace berth::host::gateway
