// SPDX-License-Identifier: MIT
#include "worker/context.hpp"

#include "base/free_memory.hpp"
#include "worker/statement.hpp"

namespace berth::host::worker {
namespace {

/// An idle context keeps one buffer of so many items.
constexpr std::size_t kept_items = 1;

}  // namespace

std::size_t cost_of(const Item& item) {
    if (const auto* message = std::get_if<MessageItem>(&item)) return message->payload.size();
    if (const auto* call = std::get_if<CallItem>(&item)) {
        std::size_t bytes = sizeof(CallItem);
        for (const Value& value : call->args) bytes += value.size();
        return bytes;
    }
    return 0;
}

Context::Context(std::unique_ptr<Client> its_client, db::Database& its_database, std::size_t events_max,
                 std::size_t bytes_max)
    : client(std::move(its_client)), database(its_database), events_max_(events_max), bytes_max_(bytes_max) {}

Context::~Context() = default;

Context::Extras::Extras() = default;
Context::Extras::~Extras() = default;

Context::Extras& Context::extras() {
    if (!extras_) extras_ = std::make_unique<Extras>();
    return *extras_;
}

Context::Reserve Context::reserve(std::size_t bytes) {
    const MutexLock lock(mutex_);
    if (is_closed_) return Reserve::closed;
    if (events_ + 1 > events_max_ || bytes_ + bytes > bytes_max_) return Reserve::full;
    ++events_;
    bytes_ += bytes;
    return Reserve::reserved;
}

Context::Push Context::append(Item item, bool is_counted) {
    if (!is_counted) {
        ++events_;
        bytes_ += cost_of(item);
    }
    incoming_.push_back(std::move(item));
    has_incoming_.store(true, std::memory_order_relaxed);
    return std::exchange(is_scheduled_, true) ? Push::queued : Push::wake;
}

Context::Push Context::push(Item item, bool is_reserved) {
    const MutexLock lock(mutex_);
    if (is_closed_) return Push::closed;
    return append(std::move(item), is_reserved);
}

Context::Push Context::push_last(Item item) {
    const MutexLock lock(mutex_);
    if (has_end_) return Push::closed;
    is_closed_ = true;
    has_end_ = true;
    return append(std::move(item), false);
}

void Context::close() {
    const MutexLock lock(mutex_);
    is_closed_ = true;
}

std::optional<Item> Context::take() {
    if (next_ == batch_.size()) {
        batch_.clear();
        next_ = 0;
        const MutexLock lock(mutex_);
        batch_.swap(incoming_);
        has_incoming_.store(false, std::memory_order_relaxed);
        if (batch_.empty()) return std::nullopt;
    }
    return std::move(batch_[next_++]);
}

void Context::handled(std::size_t cost) {
    const MutexLock lock(mutex_);
    --events_;
    bytes_ -= cost;
}

bool Context::drained() {
    if (next_ < batch_.size()) return false;
    batch_.clear();
    next_ = 0;
    if (batch_.capacity() > kept_items) free_memory(batch_);
    const MutexLock lock(mutex_);
    if (!incoming_.empty()) return false;
    if (incoming_.capacity() > kept_items) free_memory(incoming_);
    if (incoming_.capacity() == 0) {
        incoming_.swap(batch_);
    } else {
        free_memory(batch_);
    }
    is_scheduled_ = false;
    return true;
}

bool Context::enter() {
    const MutexLock lock(mutex_);
    if (is_scheduled_ || is_closed_) return false;
    is_scheduled_ = true;
    ++events_;
    return true;
}

bool Context::exit() {
    const MutexLock lock(mutex_);
    --events_;
    if (!incoming_.empty()) return false;
    is_scheduled_ = false;
    return true;
}

std::size_t Context::waiting() const {
    const MutexLock lock(mutex_);
    return events_;
}

}  // namespace berth::host::worker
