// SPDX-License-Identifier: MIT
/// The clients of this worker, by id.
#pragma once

#include <array>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "worker/context.hpp"
#include "worker/topics.hpp"

namespace berth::host::worker {

/// Filled from the link's events; `list clients` is answered from here and never waits. All of it is [any
/// thread].
class ClientTable {
public:
    /// `topics` [borrowed: for as long as this]: whoever ends is forgotten there.
    explicit ClientTable(Topics& topics) : topics_(topics) {}

    /// False when there is such a client already.
    [[nodiscard]] bool add(const ContextPtr& context);
    [[nodiscard]] ContextPtr find(ClientId id) const;
    /// Looks at a client in place, which is cheaper for one of many than to hold its context: `act(Client&)` is called
    /// with a lock held, so it takes none. Answers whether there is such a client.
    template <class Act>
    bool visit(ClientId id, Act&& act) const {
        const Shard& shard = shard_of(id);
        const MutexLock lock(shard.mutex);
        const auto found = shard.contexts.find(id);
        if (found == shard.contexts.end()) return false;
        act(*found->second->client);
        return true;
    }

    /// Its `connection` accepted it: listed from now on, unless it asked to be closed at once. False when it has
    /// ended meanwhile.
    [[nodiscard]] bool accept(Client& client, bool is_leaving);
    /// A close was requested: not listed any more. True for the first request.
    [[nodiscard]] bool leave(Client& client);
    /// Refused, or gone.
    void end(Client& client);
    /// Ends it and forgets it; null when it is not known.
    [[nodiscard]] ContextPtr remove(ClientId id);
    /// Ends and forgets all.
    [[nodiscard]] std::vector<ContextPtr> remove_all();

    /// The clients listed at this instant; copies at most `capacity`, answers how many there are.
    [[nodiscard]] std::size_t list(berth_client_id* ids, std::size_t capacity) const;

private:
    static constexpr std::size_t shard_count = 64;
    struct Shard {
        mutable Mutex mutex;
        std::unordered_map<ClientId, ContextPtr> contexts BERTH_GUARDED_BY(mutex);
    };
    Shard& shard_of(ClientId id) { return shards_[std::hash<ClientId>{}(id) >> 58]; }
    const Shard& shard_of(ClientId id) const { return shards_[std::hash<ClientId>{}(id) >> 58]; }
    void unlist(Client& client) BERTH_REQUIRES(list_mutex_);

    Topics& topics_;
    std::array<Shard, shard_count> shards_;
    mutable Mutex list_mutex_;  ///< also orders the changes of every client's state
    std::vector<Client*> listed_ BERTH_GUARDED_BY(list_mutex_);
};

}  // namespace berth::host::worker
