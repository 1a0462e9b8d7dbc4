// SPDX-License-Identifier: MIT
/// What this worker's clients have subscribed to: how many, and on which lanes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "worker/client.hpp"

namespace berth::host::worker {

/// Who gets a publication is known by the gateway, where the subscriptions are; this is what is answered without asking it,
/// and what is held to limits. [any thread]
class Topics {
public:
    struct Limits {
        std::size_t topics = 0;      ///< of the project, with at least one subscriber
        std::size_t of_client = 0;
    };
    explicit Topics(Limits limits) : limits_(limits) {}

    enum class Subscribed { now, before, full, gone };
    /// `gone`: the client has ended; `full`: one topic more than there may be.
    [[nodiscard]] Subscribed subscribe(Client& client, std::string_view topic) BERTH_EXCLUDES(mutex_);
    /// Nothing happens when it was not subscribed.
    void unsubscribe(Client& client, std::string_view topic) BERTH_EXCLUDES(mutex_);
    /// It came with that subscription from another worker, whatever the limits are here.
    void restore(Client& client, std::string_view topic) BERTH_EXCLUDES(mutex_);
    /// The client has ended: it subscribes to nothing, and never will.
    void forget(Client& client) BERTH_EXCLUDES(mutex_);

    [[nodiscard]] std::size_t count(std::string_view topic) const BERTH_EXCLUDES(mutex_);
    /// A bit for each lane with subscribers.
    [[nodiscard]] std::uint64_t lanes_of(std::string_view topic) const BERTH_EXCLUDES(mutex_);

private:
    struct Topic {
        std::vector<std::uint32_t> subscribers;  ///< how many, by lane
        std::uint64_t lanes = 0;
        std::size_t count = 0;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };
    using Table = std::unordered_map<std::string, Topic, Hash, std::equal_to<>>;

    void add(Client& client, const std::string& topic, Topic& entry) BERTH_REQUIRES(mutex_);
    void remove(const Client& client, Table::iterator topic) BERTH_REQUIRES(mutex_);

    const Limits limits_;
    mutable Mutex mutex_;  ///< also guards the clients' own lists
    Table topics_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::worker
