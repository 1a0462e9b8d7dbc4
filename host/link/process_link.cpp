// SPDX-License-Identifier: MIT
#include "link/process_link.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "link/record.hpp"

namespace berth::host::link {

struct ProcessLink::Lane {
    explicit Lane(UniqueFd fd) : channel(std::move(fd), Channel::Descriptors::taken) {}
    /// Takes over what the gateway passed along with its first bytes.
    void take_slabs();

    Channel channel;
    std::unique_ptr<Slabs> events;                ///< the gateway puts
    std::unique_ptr<Slabs> actions;               ///< the worker puts
    std::atomic<Slabs*> actions_ready{nullptr};   ///< of `actions`, for any thread
    /// A rest waits for the socket; set by any writer, so that the link's thread arms EPOLLOUT.
    std::atomic<bool> blocked{false};
    bool armed = false;
    /// The link's thread has waited in vain for the gateway to take what blocks it. [link's thread]
    bool is_given_up = false;
};

void ProcessLink::Lane::take_slabs() {
    std::vector<UniqueFd> fds = channel.take_descriptors();
    if (fds.empty()) return;
    if (fds.size() != 2) return log::error("slabs of a lane did not come whole", {{"descriptors", fds.size()}});
    auto theirs = Slabs::open(std::move(fds[0]));
    auto ours = Slabs::open(std::move(fds[1]));
    // What is placed there cannot be read, and says so.
    if (!theirs || !ours) return log::error("slabs of a lane cannot be used", {{"reason", (theirs ? ours : theirs).error().message}});
    theirs->close_fd();
    ours->close_fd();
    events = std::make_unique<Slabs>(std::move(*theirs));
    actions = std::make_unique<Slabs>(std::move(*ours));
    actions_ready.store(actions.get(), std::memory_order_release);
}

Result<std::unique_ptr<ProcessLink>> ProcessLink::create(std::vector<UniqueFd> fds) {
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!epoll || !wake) return fail_errno("make the link's event loop", errno);
    std::vector<std::unique_ptr<Lane>> lanes;
    for (UniqueFd& fd : fds) lanes.push_back(std::make_unique<Lane>(std::move(fd)));
    for (std::size_t i = 0; i <= lanes.size(); ++i) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        const int fd = i < lanes.size() ? lanes[i]->channel.fd() : wake.get();
        if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno("watch a lane", errno);
    }
    return std::unique_ptr<ProcessLink>(new ProcessLink(std::move(lanes), std::move(epoll), std::move(wake)));
}

ProcessLink::ProcessLink(std::vector<std::unique_ptr<Lane>> lanes, UniqueFd epoll, UniqueFd wake)
    : lanes_(std::move(lanes)), epoll_(std::move(epoll)), wake_(std::move(wake)) {}

ProcessLink::~ProcessLink() { close(); }

void ProcessLink::open(EventSink& sink, std::function<void(End)> on_lost) {
    thread_ = std::thread([this, &sink, lost = std::move(on_lost)] { run(sink, lost); });
}

void ProcessLink::close() {
    closing_.store(true);
    wake();
    if (thread_.joinable()) thread_.join();
}

void ProcessLink::submit(std::size_t index, std::string_view records) {
    Lane& lane = *lanes_[index];
    if (lane.channel.write(records) && !lane.blocked.exchange(true)) wake();
    end_where_severed(lane);
}

/// What runs, this thread's event with it, stays marked in the slots, as at a crash; nobody's destructors run meanwhile.
void ProcessLink::end_where_severed(const Lane& lane) {
    if (!lane.channel.is_severed()) return;
    constexpr int exit_software = 70;  // sysexits.h
    log::error("the link to the gateway was closed within this process: ending it");
    std::_Exit(exit_software);
}

std::optional<Placed> ProcessLink::place(std::size_t index, std::string_view payload) {
    Slabs* const slabs = lanes_[index]->actions_ready.load(std::memory_order_acquire);
    return slabs == nullptr ? std::nullopt : slabs->put(payload);
}

void ProcessLink::settle(std::size_t index) {
    Lane& lane = *lanes_[index];
    constexpr int look_again_ms = 20;
    // A gateway that waits for this very thread to read its events does not read before that: it is waited for once, and
    // again when it has read.
    const bool is_own_thread = std::this_thread::get_id() == own_thread_.load();
    if (is_own_thread && lane.is_given_up) return;
    const TimePoint deadline = Clock::now() + Milliseconds(1000);
    bool is_out = !lane.blocked.load();
    while (!is_out && lane.blocked.load() && !closing_.load() && Clock::now() < deadline) {
        // By itself, not by the link's thread: an inline project's events run on that one.
        pollfd writable{lane.channel.fd(), POLLOUT, 0};
        ::poll(&writable, 1, look_again_ms);
        is_out = !lane.channel.flush();
    }
    end_where_severed(lane);
    // A gateway that takes no more, and has not gone, has this process ended: until then nothing may seem to be done.
    while (lane.channel.is_refused() && !is_own_thread && !closing_.load() && Clock::now() < deadline) {
        std::this_thread::sleep_for(Milliseconds(1));
    }
    if (is_own_thread && !is_out && lane.blocked.load()) lane.is_given_up = true;
}

std::size_t ProcessLink::waiting_bytes(std::size_t index) const { return lanes_[index]->channel.waiting_bytes(); }

void ProcessLink::wake() {
    const std::uint64_t one = 1;
    // A full counter means that a wake-up is pending anyway.
    [[maybe_unused]] const auto ignored = ::write(wake_.get(), &one, sizeof one);
}

void ProcessLink::run(EventSink& sink, const std::function<void(End)>& on_lost) {
    own_thread_.store(std::this_thread::get_id());
    std::array<epoll_event, 64> events{};
    while (!closing_.load()) {
        const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        if (n < 0 && errno != EINTR) return;
        std::optional<End> end;
        for (int i = 0; i < n && !end; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            if (event.data.u64 < lanes_.size()) {
                end = serve(*lanes_[event.data.u64], event.events, sink);
            } else {
                std::uint64_t count = 0;
                [[maybe_unused]] const auto ignored = ::read(wake_.get(), &count, sizeof count);
            }
        }
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            Lane& lane = *lanes_[i];
            const bool wanted = lane.blocked.load();
            if (wanted == lane.armed) continue;
            epoll_event event{};
            event.events = EPOLLIN | (wanted ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
            event.data.u64 = i;
            ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, lane.channel.fd(), &event);
            lane.armed = wanted;
        }
        sink.flush();
        if (end) {
            if (!closing_.load()) on_lost(*end);
            return;
        }
    }
}

std::optional<WorkerLink::End> ProcessLink::serve(Lane& lane, std::uint32_t events, EventSink& sink) {
    if (events & EPOLLOUT) {
        // Cleared before the flush: a writer that finds the socket full meanwhile sets it anew.
        lane.blocked.store(false);
        if (lane.channel.flush()) {
            lane.blocked.store(true);
        } else {
            lane.is_given_up = false;
        }
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return std::nullopt;
    const auto read = lane.channel.read([&](std::string_view bytes) {
        lane.take_slabs();
        return decode_events(bytes, sink, lane.events.get());
    });
    if (!read) {
        log::error("link broken by the gateway", {{"reason", read.error().message}});
        return End::broken;
    }
    return *read == Channel::Read::gone ? std::optional(End::gone) : std::nullopt;
}

}  // namespace berth::host::link
