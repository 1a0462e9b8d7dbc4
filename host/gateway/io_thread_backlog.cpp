// SPDX-License-Identifier: MIT
// What waits for the workers, and whether their clients are read meanwhile.
#include "gateway/io_thread.hpp"

namespace berth::host::gateway {

void IoThread::look_at_backlog(GenerationEntry& generation) {
    const bool had_room = generation.has_room() && generation.is_read;
    generation.inbox.exchange(generation.project->rules.inbox_total_bytes);
    generation.waiting_bytes = generation.lane->waiting_bytes();
    // What is no message waits too.
    generation.add_waiting(0);
    if (generation.waiting_bytes <= GenerationEntry::waiting_bytes_low) generation.is_behind = false;
    if (!generation.has_room()) {
        if (generation.is_read) generation.look_at_reading();
        return;
    }
    if (had_room) return;
    generation.look_at_reading();
    if (takes_back(generation)) take_back(generation);
    if (generation.project->current == generation.number && !generation.retiring) take_over_all(generation);
    generation.lane->flush_events();
}

/// Begins with others each time: those that are read first may have used up the room before it is the turn of the last.
void GenerationEntry::look_at_reading() {
    const std::size_t buckets = clients.bucket_count();
    constexpr double golden_ratio = 0.618034;  // Beginnings lie evenly, however often.
    first_read += static_cast<std::size_t>(golden_ratio * static_cast<double>(buckets)) + 1;
    is_read = has_room();
    for (std::size_t i = 0; i < buckets; ++i) {
        const std::size_t bucket = (first_read + i) % buckets;
        for (auto client = clients.begin(bucket); client != clients.end(bucket); ++client) (*client)->look_at_reading();
    }
}

}  // namespace berth::host::gateway
