// SPDX-License-Identifier: MIT
#include "worker/topics.hpp"

#include <algorithm>

#include "base/free_memory.hpp"
#include "link/actions.hpp"

namespace berth::host::worker {

namespace {

/// Its place in the client's list, or the list's size. The names are the table's own, so no characters are compared.
std::size_t place_of(const Client& client, const std::string& topic) {
    const auto& list = client.subscriptions;
    return static_cast<std::size_t>(std::find(list.begin(), list.end(), &topic) - list.begin());
}

}  // namespace

void Topics::add(Client& client, const std::string& topic, Topic& entry) {
    const std::size_t lane = link::lane_of(client.id);
    if (entry.subscribers.size() <= lane) entry.subscribers.resize(lane + 1);
    ++entry.subscribers[lane];
    ++entry.count;
    entry.lanes |= std::uint64_t{1} << lane;
    client.subscriptions.push_back(&topic);
}

void Topics::remove(const Client& client, Table::iterator topic) {
    Topic& entry = topic->second;
    const std::size_t lane = link::lane_of(client.id);
    if (--entry.subscribers[lane] == 0) entry.lanes &= ~(std::uint64_t{1} << lane);
    if (--entry.count == 0) topics_.erase(topic);
}

Topics::Subscribed Topics::subscribe(Client& client, std::string_view topic) {
    const MutexLock lock(mutex_);
    if (client.has_ended) return Subscribed::gone;
    auto found = topics_.find(topic);
    const bool is_there = found != topics_.end();
    if (is_there && place_of(client, found->first) < client.subscriptions.size()) return Subscribed::before;
    if (client.subscriptions.size() >= limits_.of_client) return Subscribed::full;
    if (!is_there && topics_.size() >= limits_.topics) return Subscribed::full;
    if (!is_there) found = topics_.emplace(topic, Topic{}).first;
    add(client, found->first, found->second);
    return Subscribed::now;
}

void Topics::unsubscribe(Client& client, std::string_view topic) {
    const MutexLock lock(mutex_);
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return;
    auto& list = client.subscriptions;
    const std::size_t at = place_of(client, found->first);
    if (at == list.size()) return;
    list[at] = list.back();
    list.pop_back();
    remove(client, found);
}

void Topics::restore(Client& client, std::string_view topic) {
    const MutexLock lock(mutex_);
    if (client.has_ended) return;
    const auto found = topics_.try_emplace(std::string(topic)).first;
    if (place_of(client, found->first) == client.subscriptions.size()) add(client, found->first, found->second);
}

void Topics::forget(Client& client) {
    const MutexLock lock(mutex_);
    client.has_ended = true;
    for (const std::string* const name : client.subscriptions) remove(client, topics_.find(*name));
    free_memory(client.subscriptions);
}

std::size_t Topics::count(std::string_view topic) const {
    const MutexLock lock(mutex_);
    const auto found = topics_.find(topic);
    return found == topics_.end() ? 0 : found->second.count;
}

std::uint64_t Topics::lanes_of(std::string_view topic) const {
    const MutexLock lock(mutex_);
    const auto found = topics_.find(topic);
    return found == topics_.end() ? 0 : found->second.lanes;
}

}  // namespace berth::host::worker
