// SPDX-License-Identifier: MIT
#include "gateway/transport/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/assert.hpp"

namespace berth::host::transport {
namespace {

// A token: 32 bits generation, then one bit that tells a watch, then 31 bits of slot or descriptor.
constexpr std::uint32_t is_watch = 0x8000'0000u;

constexpr std::uint64_t make_token(std::uint32_t generation, std::uint32_t low) {
    return (std::uint64_t{generation} << 32) | low;
}
constexpr std::uint32_t generation_of(std::uint64_t token) {
    return static_cast<std::uint32_t>(token >> 32);
}
constexpr std::uint32_t low_of(std::uint64_t token) {
    return static_cast<std::uint32_t>(token);
}

}  // namespace

Result<Poller> Poller::create() {
    UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return fail_errno("epoll_create1", errno);
    return Poller(std::move(epoll));
}

std::uint64_t Poller::enter(Connection& connection) {
    std::uint32_t index = first_free_;
    if (index == no_slot) {
        index = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        first_free_ = slots_[index].next_free;
    }
    slots_[index].connection = &connection;
    return make_token(slots_[index].generation, index);
}

void Poller::leave(std::uint64_t token) {
    BERTH_ASSERT(find(token) != nullptr);
    Slot& slot = slots_[low_of(token)];
    slot.connection = nullptr;
    ++slot.generation;
    slot.next_free = first_free_;
    first_free_ = low_of(token);
}

Connection* Poller::find(std::uint64_t token) const {
    const std::uint32_t index = low_of(token);
    if (index >= slots_.size() || slots_[index].generation != generation_of(token)) return nullptr;
    return slots_[index].connection;
}

std::vector<Connection*> Poller::connections() const {
    std::vector<Connection*> all;
    for (const Slot& slot : slots_) {
        if (slot.connection != nullptr) all.push_back(slot.connection);
    }
    return all;
}

bool Poller::control(int operation, int fd, std::uint32_t events, std::uint64_t token) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = token;
    return epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
}

Result<void> Poller::watch(int fd, std::uint32_t events, WatchCallback callback) {
    const std::uint32_t generation = next_watch_++;
    if (!control(EPOLL_CTL_ADD, fd, events,
                 make_token(generation, is_watch | static_cast<std::uint32_t>(fd)))) {
        return fail_errno("watch descriptor " + std::to_string(fd), errno);
    }
    watches_[fd] = Watch{generation, std::make_unique<WatchCallback>(std::move(callback))};
    return {};
}

Result<void> Poller::change_watch(int fd, std::uint32_t events) {
    const auto found = watches_.find(fd);
    if (found == watches_.end())
        return fail(Code::not_found, "descriptor " + std::to_string(fd) + " isn't watched");
    const std::uint64_t token =
        make_token(found->second.generation, is_watch | static_cast<std::uint32_t>(fd));
    if (!control(EPOLL_CTL_MOD, fd, events, token))
        return fail_errno("watch descriptor " + std::to_string(fd), errno);
    return {};
}

void Poller::unwatch(int fd) {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) return;
    dropped_.push_back(std::move(found->second.callback));
    watches_.erase(found);
    static_cast<void>(control(EPOLL_CTL_DEL, fd, 0, 0));
}

void Poller::wait(Milliseconds wait) {
    const auto timeout = static_cast<int>(std::clamp<Milliseconds::rep>(wait.count(), 0, 3'600'000));
    ready_ = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
}

void Poller::dispatch(const ConnectionCallback& on_connection) {
    for (int i = 0; i < ready_; ++i) {
        const epoll_event event = events_[static_cast<std::size_t>(i)];
        const std::uint64_t token = event.data.u64;
        if ((low_of(token) & is_watch) == 0) {
            if (Connection* connection = find(token)) on_connection(*connection, event.events);
            continue;
        }
        const auto found = watches_.find(static_cast<int>(low_of(token) & ~is_watch));
        if (found == watches_.end() || found->second.generation != generation_of(token)) continue;
        WatchCallback& callback = *found->second.callback;  // Outlives the call, see `unwatch`.
        callback(event.events);
    }
    ready_ = 0;
    dropped_.clear();
}

}  // namespace berth::host::transport
