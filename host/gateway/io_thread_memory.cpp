// SPDX-License-Identifier: MIT
// What an I/O thread holds for its clients, and what it does when memory runs short.
#include <algorithm>

#include "base/log.hpp"
#include "gateway/io_thread.hpp"

namespace berth::host::gateway {
namespace {

constexpr Milliseconds weighing_interval{100};
/// What a connection takes beside its buffers: our own, and what the kernel's allocator and OpenSSL keep for it.
constexpr std::uint64_t connection_bytes = 1u << 10;
constexpr std::uint64_t tls_connection_bytes = 20u << 10;

}  // namespace

std::uint64_t IoThread::held_bytes() const {
    // What waits for many is one copy and counts once.
    std::uint64_t bytes = frames_.held_bytes() + compressor_.held_bytes();
    for (const auto& [connection, client] : clients_) {
        bytes += client->held_bytes() + (connection->is_tls() ? tls_connection_bytes : connection_bytes);
    }
    for (const auto& [name, project] : projects_) {
        for (const auto& [number, generation] : project.generations) {
            if (generation.lane) bytes += generation.waiting_bytes;
            for (const auto& [id, gone] : generation.departed) bytes += gone.held_bytes();
        }
    }
    return bytes;
}

void IoThread::weigh(TimePoint now) {
    next_weighing_ = now + weighing_interval;
    const std::uint64_t own = held_bytes();
    memory_.report(settings_.index, own);
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
    const auto share_of = [](const Client& client) { return client.backlog_bytes() + client.unfinished_bytes(); };
    std::vector<Client*> clients;
    std::uint64_t held = frames_.held_bytes();
    for (const auto& [connection, client] : clients_) {
        if (client->is_leaving() || share_of(*client) == 0) continue;
        clients.push_back(client.get());
        held += client->unfinished_bytes();
    }
    // Nobody is closed in vain: what waits for the workers goes when they have done it, and not before.
    if (held < bytes) return;
    std::sort(clients.begin(), clients.end(),
              [&](const Client* a, const Client* b) { return share_of(*a) > share_of(*b); });
    std::uint64_t freed = 0;
    for (Client* client : clients) {
        if (freed >= bytes) return;
        freed += client->shed();
    }
}

}  // namespace berth::host::gateway
