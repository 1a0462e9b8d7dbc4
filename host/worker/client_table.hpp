// SPDX-License-Identifier: MIT
/// The clients of this worker, by id.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "base/mutex.hpp"
#include "worker/context.hpp"
#include "worker/topics.hpp"

namespace berth::host::worker {

/// Filled from the link's events; `list clients` is answered from here and never waits. All of it is [any
/// thread].
///
/// A client sits where its id says: ids hold the slot that their gateway gave them, and slots are few and used again. So
/// finding one looks at one place, and many in the order of their ids lie beside each other. Places are made in pages, each
/// with a lock of its own, and stay until the table goes.
class ClientTable {
public:
    /// `topics` [borrowed: for as long as this]: whoever ends is forgotten there.
    explicit ClientTable(Topics& topics) : topics_(topics) {}
    ~ClientTable();

    /// False when there is such a client already.
    [[nodiscard]] bool add(const ContextPtr& context);
    [[nodiscard]] ContextPtr find(ClientId id) const;
    /// Looks at clients in place, which is cheaper for many than to hold their contexts: `act(ClientId, Client*)` is called for
    /// each id in turn, with null where there is none, and with a lock held, so it takes none. One lock serves those that follow
    /// each other on a page.
    template <class Act>
    void visit(std::span<const ClientId> ids, Act&& act) const;

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
    static constexpr std::uint32_t page_bits = 8;
    static constexpr std::size_t pages_of_lane = std::size_t{1} << (client_slot_bits - page_bits);

    struct Seat {
        ClientId id{};
        ContextPtr context;  ///< null: the seat is free
        /// Others of the same slot, who are seldom there and soon gone: the slot of one that was refused or lost with its
        /// gateway may be given to the next before this side has done with the first.
        std::unique_ptr<Seat> next;
    };
    class Page {
    public:
        mutable Mutex mutex;
        std::array<Seat, std::size_t{1} << page_bits> seats BERTH_GUARDED_BY(mutex);

        [[nodiscard]] bool put(const ContextPtr& context) BERTH_REQUIRES(mutex);  ///< false: it is there already
        [[nodiscard]] ContextPtr find(ClientId id) const BERTH_REQUIRES(mutex);
        [[nodiscard]] Client* client_of(ClientId id) const BERTH_REQUIRES(mutex);
        [[nodiscard]] ContextPtr take(ClientId id) BERTH_REQUIRES(mutex);

    private:
        [[nodiscard]] const Seat* seat_of(ClientId id) const BERTH_REQUIRES(mutex);
    };
    using Lane = std::array<std::atomic<Page*>, pages_of_lane>;

    /// The page with the seat of that id; null: nobody has ever sat there.
    [[nodiscard]] Page* page_of(ClientId id) const;
    Page& make_page(ClientId id);
    template <class Act>
    void for_each_page(Act&& act);
    void unlist(Client& client) BERTH_REQUIRES(list_mutex_);

    Topics& topics_;
    Mutex making_;  ///< one page at a time is made; whoever looks for one takes no lock
    std::array<std::atomic<Lane*>, io_threads_max> lanes_{};
    mutable Mutex list_mutex_;  ///< also orders the changes of every client's state
    std::vector<Client*> listed_ BERTH_GUARDED_BY(list_mutex_);
};

template <class Act>
void ClientTable::visit(std::span<const ClientId> ids, Act&& act) const {
    for (std::size_t i = 0; i < ids.size();) {
        const Page* const page = page_of(ids[i]);
        if (page == nullptr) {
            act(ids[i++], static_cast<Client*>(nullptr));
            continue;
        }
        const MutexLock lock(page->mutex);
        do {
            act(ids[i], page->client_of(ids[i]));
            ++i;
        } while (i < ids.size() && page_of(ids[i]) == page);
    }
}

}  // namespace berth::host::worker
