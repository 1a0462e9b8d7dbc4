// SPDX-License-Identifier: MIT
#include "gateway/topics.hpp"

#include <algorithm>

#include "base/free_memory.hpp"
#include "gateway/client.hpp"

namespace berth::host::gateway {
namespace {

/// Its place in a client's list, or the list's size.
std::size_t place_of(const std::vector<Subscription>& its, const Topic* topic) {
    const auto found = std::find_if(its.begin(), its.end(), [&](const Subscription& one) { return one.topic == topic; });
    return static_cast<std::size_t>(found - its.begin());
}

}  // namespace

bool Topics::subscribe(Client& client, std::vector<Subscription>& its, std::string_view name) {
    auto found = topics_.find(name);
    if (found == topics_.end()) {
        auto topic = std::make_unique<Topic>();
        topic->name = name;
        const std::string_view key = topic->name;
        found = topics_.emplace(key, std::move(topic)).first;
        name_bytes_ += name.size();
    } else if (place_of(its, found->second.get()) < its.size()) {
        return false;
    }
    Topic& topic = *found->second;
    its.push_back({&topic, topic.subscribers.size()});
    topic.subscribers.push_back({&client, its.size() - 1});
    return true;
}

void Topics::unsubscribe(std::vector<Subscription>& its, std::string_view name) {
    const auto found = topics_.find(name);
    if (found == topics_.end()) return;
    if (const std::size_t at = place_of(its, found->second.get()); at < its.size()) remove(its, at);
    if (its.empty()) free_memory(its);
}

void Topics::leave(std::vector<Subscription>& its) {
    while (!its.empty()) remove(its, its.size() - 1);
    free_memory(its);
}

/// The last of either list takes the place of what is taken out.
void Topics::remove(std::vector<Subscription>& its, std::size_t at) {
    Topic& topic = *its[at].topic;
    const std::size_t place = its[at].at;
    its[at] = its.back();
    its.pop_back();
    if (at < its.size()) its[at].topic->subscribers[its[at].at].at = at;

    auto& subscribers = topic.subscribers;
    subscribers[place] = subscribers.back();
    subscribers.pop_back();
    if (place < subscribers.size()) {
        const Topic::Subscriber& moved = subscribers[place];
        moved.client->subscriptions()[moved.at].at = place;
    }
    if (!subscribers.empty()) return;
    name_bytes_ -= topic.name.size();
    topics_.erase(topics_.find(std::string_view(topic.name)));
}

}  // namespace berth::host::gateway
