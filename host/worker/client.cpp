// SPDX-License-Identifier: MIT
#include "worker/client.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace berth::host::worker {
namespace {

std::vector<std::string_view> kept(RequestTexts& texts, std::vector<std::string_view> views) {
    for (std::string_view& view : views) view = texts.keep(view);
    return views;
}

std::vector<std::pair<std::string_view, std::string_view>> kept(
    RequestTexts& texts, std::vector<std::pair<std::string_view, std::string_view>> views) {
    for (auto& [name, value] : views) {
        name = texts.keep(name);
        value = texts.keep(value);
    }
    return views;
}

std::int64_t now_ns() { return Clock::now().time_since_epoch().count(); }

}  // namespace

RequestTexts::RequestTexts(const link::Opening& o) {
    std::size_t bytes = 0;
    const auto count = [&](std::string_view text) { bytes += text.size() + 1; };
    for (const auto text : {o.address, o.path, o.query, o.origin, o.tls_version, o.tls_cipher, o.tls_subject, o.user}) count(text);
    for (const auto name : o.subprotocols) count(name);
    for (const auto& [name, value] : o.headers) {
        count(name);
        count(value);
    }
    bytes_ = std::make_unique<char[]>(bytes);
    end_ = bytes_.get();
}

std::string_view RequestTexts::keep(std::string_view text) {
    char* const at = end_;
    end_ = std::copy(text.begin(), text.end(), at) + 1;
    return {at, text.size()};
}

Client::Client(const link::Opening& o)
    : texts_(o), id(o.client), address(texts_.keep(o.address)), port(o.port), path(texts_.keep(o.path)), query(texts_.keep(o.query)),
      origin(texts_.keep(o.origin)), tls_version(texts_.keep(o.tls_version)), tls_cipher(texts_.keep(o.tls_cipher)),
      tls_subject(texts_.keep(o.tls_subject)), user(texts_.keep(o.user)), offered(kept(texts_, o.subprotocols)),
      headers(kept(texts_, o.headers)), connected_at_ms(o.connected_at_ms), last_message_ns(now_ns()) {}

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
