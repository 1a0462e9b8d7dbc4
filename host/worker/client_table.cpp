// SPDX-License-Identifier: MIT
#include "worker/client_table.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace berth::host::worker {

const ClientTable::Seat* ClientTable::Page::seat_of(ClientId id) const {
    const Seat* seat = &seats[parts_of(id).slot % seats.size()];
    while (seat != nullptr && (seat->id != id || !seat->context)) seat = seat->next.get();
    return seat;
}

ContextPtr ClientTable::Page::find(ClientId id) const {
    const Seat* const seat = seat_of(id);
    return seat == nullptr ? nullptr : seat->context;
}

Client* ClientTable::Page::client_of(ClientId id) const {
    const Seat* const seat = seat_of(id);
    return seat == nullptr ? nullptr : seat->context->client.get();
}

bool ClientTable::Page::put(const ContextPtr& context) {
    const ClientId id = context->id();
    if (seat_of(id) != nullptr) return false;
    Seat& first = seats[parts_of(id).slot % seats.size()];
    if (first.context) first.next = std::make_unique<Seat>(std::move(first));
    first.id = id;
    first.context = context;
    return true;
}

ContextPtr ClientTable::Page::take(ClientId id) {
    Seat& first = seats[parts_of(id).slot % seats.size()];
    if (first.id == id) {
        ContextPtr context = std::move(first.context);
        const std::unique_ptr<Seat> next = std::move(first.next);
        first = next ? std::move(*next) : Seat{};
        return context;
    }
    for (std::unique_ptr<Seat>* seat = &first.next; *seat; seat = &(*seat)->next) {
        if ((*seat)->id != id) continue;
        const std::unique_ptr<Seat> taken = std::move(*seat);
        *seat = std::move(taken->next);
        return std::move(taken->context);
    }
    return nullptr;
}

ClientTable::Page* ClientTable::page_of(ClientId id) const {
    const ClientIdParts parts = parts_of(id);
    const Lane* lane = lanes_[parts.thread].load(std::memory_order_acquire);
    return lane == nullptr ? nullptr : (*lane)[parts.slot >> page_bits].load(std::memory_order_acquire);
}

ClientTable::Page& ClientTable::make_page(ClientId id) {
    const ClientIdParts parts = parts_of(id);
    const MutexLock lock(making_);
    auto& lane = lanes_[parts.thread];
    if (lane.load(std::memory_order_relaxed) == nullptr) lane.store(new Lane{}, std::memory_order_release);
    auto& page = (*lane.load(std::memory_order_relaxed))[parts.slot >> page_bits];
    if (page.load(std::memory_order_relaxed) == nullptr) page.store(new Page, std::memory_order_release);
    return *page.load(std::memory_order_relaxed);
}

template <class Act>
void ClientTable::for_each_page(Act&& act) {
    for (auto& lane : lanes_) {
        Lane* const pages = lane.load(std::memory_order_acquire);
        if (pages == nullptr) continue;
        for (auto& page : *pages) {
            if (Page* const made = page.load(std::memory_order_acquire)) act(*made);
        }
    }
}

ClientTable::~ClientTable() {
    for_each_page([](Page& page) { delete &page; });
    for (auto& lane : lanes_) delete lane.load(std::memory_order_acquire);
}

bool ClientTable::add(const ContextPtr& context) {
    Page* page = page_of(context->id());
    if (page == nullptr) page = &make_page(context->id());
    const MutexLock lock(page->mutex);
    return page->put(context);
}

ContextPtr ClientTable::find(ClientId id) const {
    const Page* const page = page_of(id);
    if (page == nullptr) return nullptr;
    const MutexLock lock(page->mutex);
    return page->find(id);
}

bool ClientTable::accept(Client& client, bool is_leaving) {
    const MutexLock lock(list_mutex_);
    if (client.state.load() != ClientState::asking) return false;
    client.state.store(is_leaving ? ClientState::leaving : ClientState::accepted);
    if (is_leaving) return true;
    client.listed_at = static_cast<std::uint32_t>(listed_.size());
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
    Page* const page = page_of(id);
    if (page == nullptr) return nullptr;
    ContextPtr context;
    {
        const MutexLock lock(page->mutex);
        context = page->take(id);
    }
    if (context) end(*context->client);
    return context;
}

std::vector<ContextPtr> ClientTable::remove_all() {
    std::vector<ContextPtr> all;
    for_each_page([&](Page& page) {
        const MutexLock lock(page.mutex);
        for (Seat& seat : page.seats) {
            while (seat.context) all.push_back(page.take(seat.id));
        }
    });
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
