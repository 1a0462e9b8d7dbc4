// SPDX-License-Identifier: MIT
#include "worker/client.hpp"

#include "base/clock.hpp"

namespace berth::host::worker {
namespace {

std::int64_t now_ns() { return Clock::now().time_since_epoch().count(); }

}  // namespace

Client::Client(const link::Opening& opening)
    : id(opening.client), last_message_ns(now_ns()), port(opening.port), request(opening),
      connected_at_ms(opening.connected_at_ms) {}

std::string_view Client::subprotocol() const {
    const std::string* name = subprotocol_.load(std::memory_order_acquire);
    return name == nullptr ? std::string_view{} : std::string_view(*name);
}

void Client::chosen(std::string_view name) {
    if (name.empty()) return;
    chosen_ = std::make_unique<const std::string>(name);
    subprotocol_.store(chosen_.get(), std::memory_order_release);
}

void Client::opened(std::string_view name) {
    if (name == subprotocol()) return;
    opened_ = std::make_unique<const std::string>(name);
    subprotocol_.store(opened_.get(), std::memory_order_release);
}

bool Client::take_credit(std::uint64_t bytes, std::uint64_t limit) {
    const std::uint64_t before = backlog_.fetch_add(bytes, std::memory_order_relaxed);
    // As in the gateway's outbox, one message of any size fits where nothing waits.
    if (before == 0 || before + bytes <= limit) return true;
    return_credit(bytes);
    return false;
}

void Client::return_credit(std::uint64_t bytes) {
    // Never below zero, whatever the other side says.
    std::uint64_t before = backlog_.load(std::memory_order_relaxed);
    while (!backlog_.compare_exchange_weak(before, before < bytes ? 0 : before - bytes,
                                           std::memory_order_relaxed)) {
    }
}

void Client::count_in(std::size_t bytes) {
    // One thread counts, the link's of its lane; others read.
    messages_in.store(messages_in.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    bytes_in.store(bytes_in.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
}

void Client::count_out(std::size_t bytes, TimePoint now) {
    messages_out.fetch_add(1, std::memory_order_relaxed);
    bytes_out.fetch_add(bytes, std::memory_order_relaxed);
    last_message_ns.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace berth::host::worker
