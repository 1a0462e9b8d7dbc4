// SPDX-License-Identifier: MIT
#include "base/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/assert.hpp"

namespace berth::host {
namespace {

// A watch is named in epoll by its descriptor and a serial, so that an event that was already fetched
// for a closed descriptor is never given to the next owner of its number.
std::uint64_t key_of(int fd, std::uint32_t serial) {
    return (std::uint64_t{serial} << 32) | static_cast<std::uint32_t>(fd);
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
    UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    if (!epoll) return fail_errno("epoll_create1", errno);
    UniqueFd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!wake) return fail_errno("eventfd", errno);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = key_of(wake.get(), 0);
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) return fail_errno("epoll_ctl", errno);
    return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll), std::move(wake)));
}

Result<void> EventLoop::watch(int fd, std::uint32_t events, Handler handler) {
    BERTH_ASSERT(!watches_.contains(fd));
    const std::uint32_t serial = next_serial_++;
    epoll_event event{};
    event.events = events;
    event.data.u64 = key_of(fd, serial);
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno("epoll_ctl", errno);
    watches_.emplace(fd, Watch{serial, std::make_shared<Handler>(std::move(handler))});
    return {};
}

void EventLoop::rewatch(int fd, std::uint32_t events) {
    const auto found = watches_.find(fd);
    BERTH_ASSERT(found != watches_.end());
    epoll_event event{};
    event.events = events;
    event.data.u64 = key_of(fd, found->second.serial);
    BERTH_ASSERT(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void EventLoop::unwatch(int fd) {
    if (watches_.erase(fd) != 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Timers::Id EventLoop::after(Milliseconds delay, std::function<void()> callback) {
    const Id id = next_timer_++;
    const TimePoint due = now() + std::max(delay, Milliseconds{0});
    timers_.emplace(std::pair{due, id}, std::move(callback));
    due_.emplace(id, due);
    return id;
}

void EventLoop::cancel(Id id) {
    const auto found = due_.find(id);
    if (found == due_.end()) return;
    timers_.erase({found->second, id});
    due_.erase(found);
}

void EventLoop::post(std::function<void()> task) {
    {
        const MutexLock lock(mutex_);
        posted_.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    // Only a full counter can fail, and that wakes as well.
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void EventLoop::stop() {
    stopping_.store(true);
    post([] {});
}

void EventLoop::run() {
    while (!stopping_.load()) run_once(std::chrono::hours{1});
    stopping_.store(false);
}

void EventLoop::run_once(Milliseconds limit) {
    if (!timers_.empty()) {
        const auto left = std::chrono::ceil<Milliseconds>(timers_.begin()->first.first - now());
        limit = std::clamp(left, Milliseconds{0}, limit);
    }
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(limit.count()));
    BERTH_ASSERT(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events.at(static_cast<std::size_t>(i));
        const int fd = static_cast<int>(event.data.u64 & 0xFFFFFFFFu);
        if (fd == wake_.get()) {
            std::uint64_t ignored = 0;
            [[maybe_unused]] const auto read = ::read(wake_.get(), &ignored, sizeof ignored);
            continue;
        }
        const auto found = watches_.find(fd);
        if (found == watches_.end() || key_of(fd, found->second.serial) != event.data.u64) continue;
        const auto handler = found->second.handler;
        (*handler)(event.events);
    }
    run_timers();
    run_posted();
}

void EventLoop::run_timers() {
    const TimePoint until = now();  // What a callback sets for "at once" waits for the next turn.
    const Id first_new = next_timer_;
    for (auto next = timers_.begin(); next != timers_.end() && next->first.first <= until;) {
        if (next->first.second >= first_new) {
            ++next;
            continue;
        }
        auto node = timers_.extract(next);
        due_.erase(node.key().second);
        node.mapped()();
        next = timers_.begin();
    }
}

void EventLoop::run_posted() {
    std::vector<std::function<void()>> tasks;
    {
        const MutexLock lock(mutex_);
        tasks.swap(posted_);
    }
    for (const auto& task : tasks) task();
}

}  // namespace berth::host
