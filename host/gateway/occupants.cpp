// SPDX-License-Identifier: MIT
#include "gateway/occupants.hpp"

namespace berth::host::gateway {

std::size_t Occupants::count_of(const Key& address) const {
    const MutexLock lock(mutex_);
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? 0 : found->second;
}

std::size_t Occupants::count_of_user(const std::string& user) const {
    const MutexLock lock(mutex_);
    const auto found = by_user_.find(user);
    return found == by_user_.end() ? 0 : found->second;
}

void Occupants::enter(const Key& address, const std::string& user) {
    count_.fetch_add(1, std::memory_order_relaxed);
    const MutexLock lock(mutex_);
    ++by_address_[address];
    if (!user.empty()) ++by_user_[user];
}

void Occupants::leave(const Key& address, const std::string& user) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    const MutexLock lock(mutex_);
    const auto found = by_address_.find(address);
    if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
    const auto known = by_user_.find(user);
    if (known != by_user_.end() && --known->second == 0) by_user_.erase(known);
}

std::shared_ptr<InboxTotal> Occupants::inbox_of(std::uint64_t generation) {
    const MutexLock lock(mutex_);
    std::erase_if(inboxes_, [](const auto& inbox) { return inbox.second.expired(); });
    auto& known = inboxes_[generation];
    auto inbox = known.lock();
    if (!inbox) known = inbox = std::make_shared<InboxTotal>();
    return inbox;
}

std::shared_ptr<Occupants> OccupantsTable::of(const std::string& project) {
    const MutexLock lock(mutex_);
    auto& known = projects_[project];
    auto occupants = known.lock();
    if (!occupants) known = occupants = std::make_shared<Occupants>();
    return occupants;
}

}  // namespace berth::host::gateway
