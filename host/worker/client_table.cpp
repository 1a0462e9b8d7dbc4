// SPDX-License-Identifier: MIT
#include "worker/client_table.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace berth::host::worker {

bool ClientTable::add(const ContextPtr& context) {
    Shard& shard = shard_of(context->id());
    const MutexLock lock(shard.mutex);
    return shard.contexts.emplace(context->id(), context).second;
}

ContextPtr ClientTable::find(ClientId id) const {
    const Shard& shard = shard_of(id);
    const MutexLock lock(shard.mutex);
    const auto found = shard.contexts.find(id);
    return found == shard.contexts.end() ? nullptr : found->second;
}

bool ClientTable::accept(Client& client, bool is_leaving) {
    const MutexLock lock(list_mutex_);
    if (client.state.load() != ClientState::asking) return false;
    client.state.store(is_leaving ? ClientState::leaving : ClientState::accepted);
    if (is_leaving) return true;
    client.listed_at = listed_.size();
    listed_.push_back(&client);
    return true;
}

void ClientTable::unlist(Client& client) {
    BERTH_ASSERT(listed_[client.listed_at] == &client);
    listed_[client.listed_at] = listed_.back();
    listed_[client.listed_at]->listed_at = client.listed_at;
    listed_.pop_back();
}

bool ClientTable::leave(Client& client) {
    const MutexLock lock(list_mutex_);
    if (client.state.load() != ClientState::accepted) return false;
    unlist(client);
    client.state.store(ClientState::leaving);
    return true;
}

void ClientTable::end(Client& client) {
    {
        const MutexLock lock(list_mutex_);
        if (client.state.load() == ClientState::accepted) unlist(client);
        client.state.store(ClientState::ended);
    }
    topics_.forget(client);
}

ContextPtr ClientTable::remove(ClientId id) {
    ContextPtr context;
    {
        Shard& shard = shard_of(id);
        const MutexLock lock(shard.mutex);
        const auto found = shard.contexts.find(id);
        if (found == shard.contexts.end()) return nullptr;
        context = std::move(found->second);
        shard.contexts.erase(found);
    }
    end(*context->client);
    return context;
}

std::vector<ContextPtr> ClientTable::remove_all() {
    std::vector<ContextPtr> all;
    for (Shard& shard : shards_) {
        const MutexLock lock(shard.mutex);
        for (auto& [id, context] : shard.contexts) all.push_back(std::move(context));
        shard.contexts.clear();
    }
    for (const ContextPtr& context : all) end(*context->client);
    return all;
}

std::size_t ClientTable::list(berth_client_id* ids, std::size_t capacity) const {
    const MutexLock lock(list_mutex_);
    const std::size_t count = std::min(capacity, listed_.size());
    for (std::size_t i = 0; i < count; ++i) ids[i] = value_of(listed_[i]->id);
    return listed_.size();
}

}  // namespace berth::host::worker
