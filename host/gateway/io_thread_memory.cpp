// SPDX-License-Identifier: MIT
// What an I/O thread holds for its clients, and what it does when memory runs short.
#include <algorithm>

#include "base/log.hpp"
#include "gateway/io_thread.hpp"

namespace berth::host::gateway {
namespace {

constexpr Milliseconds weighing_interval{100};
/// What a connection takes beside its buffers, measured (tests/bench, row idle): our own, the library's, its loop's; and what OpenSSL keeps for it.
constexpr std::uint64_t connection_bytes = 2u << 10;
constexpr std::uint64_t tls_connection_bytes = 20u << 10;

/// What a client takes, but for what waits to be written.
std::uint64_t bytes_of(const Client& client) {
    return client.held_bytes() + (client.connection().is_tls() ? tls_connection_bytes : connection_bytes);
}

/// What waits for a worker and goes when it has done it.
std::uint64_t waiting_bytes_of(const GenerationEntry& generation) {
    std::uint64_t bytes = generation.lane ? generation.waiting_bytes + generation.lane->shared_bytes() : 0;
    for (const auto& [id, gone] : generation.departed) bytes += gone.held_bytes();
    return bytes;
}

}  // namespace

std::uint64_t IoThread::held_bytes() const {
    // What waits for many is one copy and counts once.
    std::uint64_t bytes = frames_.held_bytes() + compressor_.held_bytes() + topic_bytes();
    for (const auto& [connection, client] : clients_) bytes += bytes_of(*client);
    for (const auto& [name, project] : projects_) {
        for (const auto& [number, generation] : project.generations) {
            bytes += waiting_bytes_of(generation);
        }
    }
    return bytes;
}

std::uint64_t IoThread::topic_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& [name, project] : projects_) bytes += project.topics.held_bytes();
    return bytes;
}

void IoThread::weigh(TimePoint now) {
    next_weighing_ = now + weighing_interval;
    std::uint64_t own = held_bytes();
    memory_.report(settings_.index, own);
    if (memory_.step() >= MemoryWatch::Step::refuse) {
        for (const auto& [name, project] : projects_) {
            for (const auto& [number, generation] : project.generations) {
                if (generation.lane) generation.lane->save_memory();
            }
        }
        own = held_bytes();
        memory_.report(settings_.index, own);
    }
    const auto before = step_;
    step_ = memory_.step();
    if (const bool is_short = step_ >= MemoryWatch::Step::refuse; is_short != compressor_.is_short()) {
        compressor_.save_memory(is_short);
        for (const auto& [connection, client] : clients_) client->save_memory();
    }
    if (step_ >= MemoryWatch::Step::shed) shed(memory_.excess_of(own));
    if (step_ == before) return;
    if (step_ > before) {
        log::warning("memory for clients runs short", {{"held", memory_.bytes()}, {"limit", memory_.limit()},
                                                       {"remedy", "raise memory in [host.limits], or lower backlog and inbox of the projects"}});
    }
    for (const auto& [connection, client] : clients_) client->look_at_reading();
}

/// Closes those for whom most is held, be it unwritten or unfinished, until about that much is given back.
void IoThread::shed(std::uint64_t bytes) {
    std::uint64_t at_once = frames_.held_bytes(), going = 0;
    for (const auto& [connection, client] : clients_) at_once += client->unfinished_bytes();
    if (at_once >= bytes) {
        return shed(bytes, [](const Client& client) { return client.backlog_bytes() + client.unfinished_bytes(); }, false);
    }
    bool is_kept = false;
    for (const auto& [name, project] : projects_) {
        for (const auto& [number, generation] : project.generations) {
            going += waiting_bytes_of(generation);
            is_kept = is_kept || (generation.survives() && !generation.clients.empty());
        }
    }
    // Nobody is closed in vain: what waits for the workers goes when they have done it, and not before. Only where nobody is
    // read any more, or none of a project that survives and would not be even then, for what their workers have saved stays:
    // there those go who take most in any way, so that the others are read. Fewer, where some are going already.
    const bool is_for_ever = is_kept && memory_.step_without(going) >= MemoryWatch::Step::shed;
    if (step_ < MemoryWatch::Step::stop_reading && !is_for_ever) return;
    if (going < bytes) shed(bytes - going, [](const Client& client) { return client.backlog_bytes() + bytes_of(client); }, true);
}

/// Closes clients, those of the largest share first. What goes with a client only later counts as given back where
/// `goes_later`.
void IoThread::shed(std::uint64_t bytes, std::uint64_t (*share_of)(const Client&), bool goes_later) {
    std::vector<std::pair<std::uint64_t, Client*>> clients;
    for (const auto& [connection, client] : clients_) {
        const std::uint64_t share = client->is_leaving() ? 0 : share_of(*client);
        if (share != 0) clients.emplace_back(share, client.get());
    }
    std::sort(clients.begin(), clients.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::uint64_t freed = 0;
    for (const auto& [share, client] : clients) {
        if (freed >= bytes) return;
        const std::uint64_t later = goes_later ? bytes_of(*client) - client->unfinished_bytes() : 0;
        const std::uint64_t topics = topic_bytes();
        freed += client->shed() + later;
        freed += topics - topic_bytes();
    }
}

}  // namespace berth::host::gateway
