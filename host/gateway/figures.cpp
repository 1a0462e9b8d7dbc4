// SPDX-License-Identifier: MIT
#include "gateway/figures.hpp"

namespace berth::host::gateway {
namespace {

template <class Key>
void add_each(std::map<Key, std::uint64_t>& to, const std::map<Key, std::uint64_t>& from) {
    for (const auto& [key, count] : from) to[key] += count;
}

}  // namespace

void ProjectFigures::add(const ProjectFigures& other) {
    clients += other.clients;
    accepted += other.accepted;
    messages_in += other.messages_in;
    bytes_in += other.bytes_in;
    messages_out += other.messages_out;
    bytes_out += other.bytes_out;
    dropped_out += other.dropped_out;
    backlog_bytes += other.backlog_bytes;
    inbox_bytes += other.inbox_bytes;
    add_each(refused, other.refused);
    add_each(closes, other.closes);
    add_each(limit_hits, other.limit_hits);
}

void GatewayFigures::add(const GatewayFigures& other) {
    connections += other.connections;
    add_each(refused, other.refused);
    add_each(limit_hits, other.limit_hits);
    for (const auto& [name, figures] : other.projects) projects[name].add(figures);
}

}  // namespace berth::host::gateway
