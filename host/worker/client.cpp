// SPDX-License-Identifier: MIT
#include "worker/client.hpp"

#include "base/clock.hpp"

namespace berth::host::worker {
namespace {

std::vector<std::string> copies(const std::vector<std::string_view>& views) { return {views.begin(), views.end()}; }

std::vector<std::pair<std::string, std::string>> copies(
    const std::vector<std::pair<std::string_view, std::string_view>>& views) {
    std::vector<std::pair<std::string, std::string>> result;
    result.reserve(views.size());
    for (const auto& [name, value] : views) result.emplace_back(name, value);
    return result;
}

std::int64_t now_ns() { return Clock::now().time_since_epoch().count(); }

}  // namespace

Client::Client(const link::Opening& o)
    : id(o.client), address(o.address), port(o.port), path(o.path), query(o.query), origin(o.origin),
      offered(copies(o.subprotocols)), headers(copies(o.headers)), tls_version(o.tls_version),
      tls_cipher(o.tls_cipher), tls_subject(o.tls_subject), user(o.user), connected_at_ms(o.connected_at_ms),
      last_message_ns(now_ns()) {}

std::string_view Client::subprotocol() const {
    const std::string* name = subprotocol_.load(std::memory_order_acquire);
    return name == nullptr ? std::string_view{} : std::string_view(*name);
}

void Client::chosen(std::string_view name) {
    chosen_ = std::string(name);
    subprotocol_.store(&chosen_, std::memory_order_release);
}

void Client::opened(std::string_view name) {
    if (name == subprotocol()) return;
    opened_ = std::string(name);
    subprotocol_.store(&opened_, std::memory_order_release);
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
    messages_in.fetch_add(1, std::memory_order_relaxed);
    bytes_in.fetch_add(bytes, std::memory_order_relaxed);
}

void Client::count_out(std::size_t bytes, TimePoint now) {
    messages_out.fetch_add(1, std::memory_order_relaxed);
    bytes_out.fetch_add(bytes, std::memory_order_relaxed);
    last_message_ns.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace berth::host::worker
