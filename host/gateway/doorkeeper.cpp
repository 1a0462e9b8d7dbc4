// SPDX-License-Identifier: MIT
#include "gateway/doorkeeper.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "gateway/forwarded.hpp"
#include "wire/refusal.hpp"

namespace berth::host::gateway {
namespace {

constexpr std::uint32_t door_retry_after_s = 5;
/// An address may open five seconds' worth at once: a page comes back with all its tabs.
constexpr double door_burst_s = 5;
/// A flood must not become a flood of lines; the counters tell the rest.
constexpr unsigned lines_per_second = 10;
constexpr std::chrono::seconds forgetting_interval{1};

constexpr const char* raise_it = "raise it in [host.limits] if this is no attack";
constexpr DoorRule out_of_memory{"memory", 503, "this host is short of memory; try again", "raise memory in [host.limits], or find out who reads slowly: berth clients"};
constexpr DoorRule out_of_descriptors{"descriptors", 503, "this host has as many connections as it may have", ""};
constexpr DoorRule too_many_at_once{"handshakes", 503, "too many connect at the same time; try again", raise_it};
constexpr DoorRule too_many_connections{"connections-per-address", 429, "this address has as many connections as it may have", raise_it};
constexpr DoorRule too_many_handshakes{"handshakes-per-address", 429, "this address has as many handshakes under way as it may have", raise_it};
constexpr DoorRule too_fast{"connection-rate", 429, "this address connects more often than it may", raise_it};
constexpr DoorRule all_too_fast{"handshake-rate", 503, "too many connect at the same time; try again", raise_it};

Rate rate_of_address(const HostRules& rules) {
    return {static_cast<double>(rules.connection_rate), door_burst_s * rules.connection_rate};
}

Rate rate_of_all(const HostRules& rules) {
    return {static_cast<double>(rules.handshake_rate), static_cast<double>(rules.handshake_rate)};
}

}  // namespace

Doorkeeper::Doorkeeper(const HostRules& rules, std::vector<transport::Transport*> transports, std::vector<bool> encrypted,
                       const MemoryWatch& memory)
    : transports_(std::move(transports)), memory_(memory), rules_(rules), encrypted_(std::move(encrypted)) {}

void Doorkeeper::set_rules(const HostRules& rules) {
    const MutexLock lock(mutex_);
    rules_ = rules;
}

void Doorkeeper::add_listener(bool is_encrypted) {
    const MutexLock lock(mutex_);
    encrypted_.push_back(is_encrypted);
}

std::optional<DoorRefusal> Doorkeeper::enter(const transport::PeerAddress& client) {
    const MutexLock lock(mutex_);
    if (const DoorRule* const rule = check(client, Clock::now()))
        return DoorRefusal{rule->status, rule->sentence, door_retry_after_s, rule->name, rule->remedy};
    count(client);
    return std::nullopt;
}

void Doorkeeper::established(const transport::PeerAddress& peer) {
    const MutexLock lock(mutex_);
    const auto found = visitors_.find(peer.key());
    if (found != visitors_.end() && found->second.handshakes > 0) --found->second.handshakes;
}

void Doorkeeper::gone(const transport::PeerAddress& peer, bool was_established) {
    const MutexLock lock(mutex_);
    const auto found = visitors_.find(peer.key());
    if (found == visitors_.end()) return;
    Visitor& visitor = found->second;
    if (!was_established && visitor.handshakes > 0) --visitor.handshakes;
    if (visitor.connections > 0) --visitor.connections;
}

std::map<std::string, std::uint64_t> Doorkeeper::refused() const {
    const MutexLock lock(mutex_);
    return refused_;
}

std::string_view Doorkeeper::answer(const DoorRule& rule, std::size_t listener) {
    {
        const MutexLock lock(mutex_);
        if (encrypted_[listener]) return {};
    }
    std::string& text = answers_[&rule];
    if (text.empty()) wire::append_refusal(text, {rule.status, rule.sentence, door_retry_after_s});
    return text;
}

std::string_view Doorkeeper::answer_without_descriptor(std::size_t listener) { return answer(out_of_descriptors, listener); }

transport::Verdict Doorkeeper::refuse(const DoorRule& rule, const transport::PeerAddress& peer, std::size_t listener) {
    {
        const MutexLock lock(mutex_);
        ++refused_[rule.name];
    }
    const TimePoint now = Clock::now();
    if (now >= logged_second_ + std::chrono::seconds(1)) {
        logged_second_ = now;
        logged_in_second_ = 0;
    }
    if (logged_in_second_++ < lines_per_second) {
        log::info("client refused",
                  {{"address", peer.text()}, {"status", rule.status}, {"rule", rule.name}, {"remedy", rule.remedy}});
    }
    return {.answer = answer(rule, listener)};
}

const DoorRule* Doorkeeper::check(const transport::PeerAddress& address, TimePoint now) {
    if (is_exempt(rules_, address)) return nullptr;
    Visitor& visitor = visitors_[address.key()];
    if (visitor.connections >= rules_.connections_per_address) return &too_many_connections;
    if (visitor.handshakes >= rules_.handshakes_per_address) return &too_many_handshakes;
    if (rules_.connection_rate != 0 && !visitor.recent.take(now, rate_of_address(rules_))) return &too_fast;
    if (rules_.handshake_rate != 0 && !recent_.take(now, rate_of_all(rules_))) return &all_too_fast;
    return nullptr;
}

void Doorkeeper::count(const transport::PeerAddress& address) {
    if (address.is_loopback()) return;
    // Trusted proxies, too: they may be trusted no longer while their connections last.
    Visitor& visitor = visitors_[address.key()];
    ++visitor.connections;
    ++visitor.handshakes;
}

transport::Verdict Doorkeeper::verdict(const transport::PeerAddress& peer, std::size_t listener) {
    const DoorRule* rule = memory_.step() >= MemoryWatch::Step::refuse ? &out_of_memory : nullptr;
    if (!rule) {
        const MutexLock lock(mutex_);
        rule = check(peer, Clock::now());
    }
    if (rule) return refuse(*rule, peer, listener);
    const auto least = std::min_element(transports_.begin(), transports_.end(), [](const auto* a, const auto* b) {
        if (a->has_room() != b->has_room()) return a->has_room();
        return a->connections() < b->connections();
    });
    if (!(*least)->has_room()) return refuse(too_many_at_once, peer, listener);
    return {.thread = static_cast<std::size_t>(least - transports_.begin())};
}

void Doorkeeper::accepted(UniqueFd socket, std::size_t thread, const transport::PeerAddress& peer, std::size_t listener) {
    {
        const MutexLock lock(mutex_);
        count(peer);
    }
    transports_[thread]->hand_over(std::move(socket), listener, peer);
}

void Doorkeeper::on_wake_up() {
    const MutexLock lock(mutex_);
    if (const TimePoint now = Clock::now(); now >= next_forgetting_) forget_visitors(now);
}

void Doorkeeper::forget_visitors(TimePoint now) {
    next_forgetting_ = now + forgetting_interval;
    for (auto entry = visitors_.begin(); entry != visitors_.end();) {
        Visitor& visitor = entry->second;
        const bool has_recovered = rules_.connection_rate == 0 || visitor.recent.is_empty(now, rate_of_address(rules_));
        entry = visitor.connections == 0 && has_recovered ? visitors_.erase(entry) : std::next(entry);
    }
}

}  // namespace berth::host::gateway
