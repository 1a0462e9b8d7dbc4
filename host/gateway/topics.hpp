// SPDX-License-Identifier: MIT
/// Who of one project's clients on one I/O thread has subscribed to what.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace berth::host::gateway {

class Client;
struct Topic;

/// One client's subscription, in its own list.
struct Subscription {
    Topic* topic = nullptr;
    std::size_t at = 0;  ///< in the topic's list
};

/// What one takes in both lists, which grow by doubling.
inline constexpr std::size_t subscription_bytes = 64;
/// What a topic takes beside its name and subscriptions: itself, its place in the table, what the allocator adds.
inline constexpr std::size_t topic_bytes = 192;

/// A topic exists while somebody has subscribed to it.
struct Topic {
    struct Subscriber {
        Client* client = nullptr;
        std::size_t at = 0;  ///< in the client's list
    };
    std::string name;
    std::vector<Subscriber> subscribers;
};

/// A topic is found in one step however many there are, and each of its two lists knows the place in the other, so that
/// leaving costs one step as well. [I/O thread]
class Topics {
public:
    /// False when it had subscribed before.
    bool subscribe(Client& client, std::vector<Subscription>& its, std::string_view name);
    void unsubscribe(std::vector<Subscription>& its, std::string_view name);
    /// The client goes.
    void leave(std::vector<Subscription>& its);
    /// Calls `act(Client&)` for each subscriber, in no particular order. It may end the client that it is given, no other.
    template <class Act>
    void for_each(std::string_view name, Act&& act) const {
        const auto found = topics_.find(name);
        if (found == topics_.end()) return;
        // From the end, for whoever is taken out is replaced by the last; with the last one the topic itself goes.
        const auto& subscribers = found->second->subscribers;
        for (std::size_t i = subscribers.size(); i-- > 0;) act(*subscribers[i].client);
    }
    [[nodiscard]] std::size_t subscribers(std::string_view name) const {
        const auto found = topics_.find(name);
        return found == topics_.end() ? 0 : found->second->subscribers.size();
    }
    [[nodiscard]] std::size_t size() const { return topics_.size(); }
    /// Memory, but for what its clients count as their subscriptions.
    [[nodiscard]] std::size_t held_bytes() const { return topics_.size() * topic_bytes + name_bytes_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };

    void remove(std::vector<Subscription>& its, std::size_t at);

    std::unordered_map<std::string_view, std::unique_ptr<Topic>, Hash, std::equal_to<>> topics_;  ///< by the topic's own name
    std::size_t name_bytes_ = 0;
};

}  // namespace berth::host::gateway
