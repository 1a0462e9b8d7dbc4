// SPDX-License-Identifier: MIT
#include "gateway/transport/acceptor.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "base/mutex.hpp"

namespace berth::host::transport {
namespace {

constexpr int accepts_per_wake_up = 64;
constexpr Milliseconds exhausted_rest{100};
constexpr std::chrono::seconds exhausted_log_interval{10};
constexpr std::size_t wake_index = ~std::size_t{0};

UniqueFd open_spare() {
    return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

bool no_descriptor_left(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

Result<void> set_option(int fd, int level, int option, int value, const char* name) {
    if (setsockopt(fd, level, option, &value, sizeof value) == 0) return {};
    return fail_errno(std::string("set ") + name + " on a listening socket", errno);
}

Result<void> set_user_timeout(int fd, Milliseconds limit) {
    return set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(limit.count()), "TCP_USER_TIMEOUT");
}

/// Linux hands these on to every accepted socket, which saves six system calls a connection.
Result<void> prepare(int fd, Milliseconds unacknowledged) {
    BERTH_TRY(set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY"));
    // The kernel doubles it: 128 KiB. Without a bound one slow reader ties up 2.7 MB.
    BERTH_TRY(set_option(fd, SOL_SOCKET, SO_SNDBUF, 64 * 1024, "SO_SNDBUF"));
    BERTH_TRY(set_user_timeout(fd, unacknowledged));
    BERTH_TRY(set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE"));
    BERTH_TRY(set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60, "TCP_KEEPIDLE"));
    BERTH_TRY(set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15, "TCP_KEEPINTVL"));
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return fail_errno("make a listening socket non-blocking", errno);
    return {};
}

void reset(const UniqueFd& socket) {
    const linger immediately{.l_onoff = 1, .l_linger = 0};
    static_cast<void>(setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &immediately, sizeof immediately));
}

void turn_away(const UniqueFd& socket, std::string_view answer) {
    if (answer.empty()) return reset(socket);
    // What the peer sends goes unread, so a reset may follow; our bytes are before it.
    static_cast<void>(send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    static_cast<void>(shutdown(socket.get(), SHUT_WR));
}

}  // namespace

class Acceptor::Impl {
public:
    Impl(std::vector<UniqueFd> sockets, AcceptHandler& accept_handler)
        : listeners(std::move(sockets)), handler(accept_handler) {}

    Result<void> open(const Settings& settings);
    void run();
    void signal() const {
        const std::uint64_t one = 1;
        static_cast<void>(!::write(wake.get(), &one, sizeof one));
    }

    std::atomic<bool> stopping{false};
    std::atomic<bool> paused{false};
    std::atomic<std::uint64_t> accepted{0}, refused{0}, without_descriptor{0}, failed{0};
    std::thread thread;

    void post(std::function<void(Impl&)> task) BERTH_EXCLUDES(mutex) {
        {
            const MutexLock lock(mutex);
            tasks.push_back(std::move(task));
        }
        signal();
    }
    // [accept thread]
    void add(UniqueFd listener);
    void remove(std::size_t listener);
    void set_unacknowledged(Milliseconds limit);

private:
    Result<void> watch(std::size_t listener);
    void run_tasks() BERTH_EXCLUDES(mutex);
    void accept_some(std::size_t listener);
    void take(UniqueFd socket, const sockaddr_storage& address, std::size_t listener);
    void turn_some_away(std::size_t listener);
    void count_without_descriptor(std::uint64_t count);
    void listen(bool on);
    [[nodiscard]] int longest_wait_ms() const;

    std::vector<UniqueFd> listeners;
    AcceptHandler& handler;
    UniqueFd epoll;
    UniqueFd wake;
    UniqueFd spare;
    bool listening = false;
    bool exhausted = false;
    TimePoint rest_ends{};
    TimePoint next_exhausted_log{};
    Milliseconds unacknowledged{};
    std::size_t descriptors_end = 0;
    Mutex mutex;
    std::vector<std::function<void(Impl&)>> tasks BERTH_GUARDED_BY(mutex);
};

Result<void> Acceptor::Impl::open(const Settings& settings) {
    unacknowledged = settings.unacknowledged;
    descriptors_end = settings.descriptors_end;
    paused.store(settings.is_paused, std::memory_order_release);
    epoll.reset(epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return fail_errno("epoll_create1", errno);
    wake.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) return fail_errno("eventfd", errno);
    spare = open_spare();
    if (!spare) return fail_errno("open /dev/null", errno);
    for (const UniqueFd& listener : listeners) BERTH_TRY(prepare(listener.get(), settings.unacknowledged));

    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = wake_index;
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0)
        return fail_errno("watch an eventfd", errno);
    for (std::size_t i = 0; i < listeners.size(); ++i) BERTH_TRY(watch(i));
    listen(!paused.load(std::memory_order_acquire));
    return {};
}

Result<void> Acceptor::Impl::watch(std::size_t listener) {
    epoll_event event{};
    event.events = listening ? std::uint32_t{EPOLLIN} : 0u;
    event.data.u64 = listener;
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listeners[listener].get(), &event) == 0) return {};
    return fail_errno("watch a listening socket", errno);
}

void Acceptor::Impl::add(UniqueFd listener) {
    listeners.push_back(std::move(listener));
    if (!listeners.back()) return;
    auto done = prepare(listeners.back().get(), unacknowledged);
    if (done) done = watch(listeners.size() - 1);
    if (!done) log::error("a listener takes nobody", {{"error", done.error().message}});
}

void Acceptor::Impl::remove(std::size_t listener) {
    if (listener >= listeners.size() || !listeners[listener]) return;
    static_cast<void>(epoll_ctl(epoll.get(), EPOLL_CTL_DEL, listeners[listener].get(), nullptr));
    listeners[listener].reset();
}

void Acceptor::Impl::set_unacknowledged(Milliseconds limit) {
    unacknowledged = limit;
    for (const UniqueFd& listener : listeners) {
        if (!listener) continue;
        if (auto set = set_user_timeout(listener.get(), limit); !set) log::warning("a limit is not kept", {{"error", set.error().message}});
    }
}

void Acceptor::Impl::run_tasks() {
    std::vector<std::function<void(Impl&)>> now;
    {
        const MutexLock lock(mutex);
        now.swap(tasks);
    }
    for (const auto& task : now) task(*this);
}

void Acceptor::Impl::listen(bool on) {
    if (on == listening) return;
    listening = on;
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        if (!listeners[i]) continue;
        epoll_event event{};
        event.events = on ? std::uint32_t{EPOLLIN} : 0u;
        event.data.u64 = i;
        static_cast<void>(epoll_ctl(epoll.get(), EPOLL_CTL_MOD, listeners[i].get(), &event));
    }
}

int Acceptor::Impl::longest_wait_ms() const {
    if (!exhausted) return -1;
    const auto rest = std::chrono::ceil<Milliseconds>(rest_ends - Clock::now());
    return static_cast<int>(std::max(rest, Milliseconds::zero()).count());
}

void Acceptor::Impl::run() {
    while (!stopping.load(std::memory_order_acquire)) {
        std::array<epoll_event, 16> events{};
        const int ready =
            epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), longest_wait_ms());
        if (exhausted && Clock::now() >= rest_ends) exhausted = false;
        handler.on_wake_up();
        for (int i = 0; i < ready; ++i) {
            const std::uint64_t index = events[static_cast<std::size_t>(i)].data.u64;
            if (index == wake_index) {
                std::uint64_t count = 0;
                static_cast<void>(!::read(wake.get(), &count, sizeof count));
            } else if (listening && listeners[index]) {
                accept_some(index);
            }
        }
        run_tasks();
        listen(!exhausted && !paused.load(std::memory_order_acquire));
    }
}

void Acceptor::Impl::accept_some(std::size_t listener) {
    for (int i = 0; i < accepts_per_wake_up && !exhausted; ++i) {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        UniqueFd socket(accept4(listeners[listener].get(), reinterpret_cast<sockaddr*>(&address), &size,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket && descriptors_end != 0 && static_cast<std::size_t>(socket.get()) >= descriptors_end) {
            turn_away(socket, handler.answer_without_descriptor(listener));
            count_without_descriptor(1);
        } else if (socket) {
            take(std::move(socket), address, listener);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (no_descriptor_left(errno)) {
            exhausted = true;
            rest_ends = Clock::now() + exhausted_rest;
            turn_some_away(listener);
        } else {
            // Gone before it was accepted (accept(2): treat like EAGAIN, and go on with the next).
            failed.fetch_add(1, std::memory_order_relaxed);
        }
    }
}

void Acceptor::Impl::take(UniqueFd socket, const sockaddr_storage& address, std::size_t listener) {
    const PeerAddress peer = PeerAddress::from(address);
    const Verdict verdict = handler.verdict(peer, listener);
    if (!verdict.thread) {
        refused.fetch_add(1, std::memory_order_relaxed);
        turn_away(socket, verdict.answer);
        return;
    }
    accepted.fetch_add(1, std::memory_order_relaxed);
    handler.accepted(std::move(socket), *verdict.thread, peer, listener);
}

void Acceptor::Impl::turn_some_away(std::size_t listener) {
    const std::string_view answer = handler.answer_without_descriptor(listener);
    std::uint64_t dropped = 0;
    while (dropped < accepts_per_wake_up) {
        spare.reset();
        const UniqueFd socket(
            accept4(listeners[listener].get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) break;
        turn_away(socket, answer);
        ++dropped;
    }
    spare = open_spare();
    count_without_descriptor(dropped);
}

void Acceptor::Impl::count_without_descriptor(std::uint64_t count) {
    without_descriptor.fetch_add(count, std::memory_order_relaxed);
    const TimePoint now = Clock::now();
    if (now < next_exhausted_log) return;
    next_exhausted_log = now + exhausted_log_interval;
    log::error(
        "no descriptor left, newcomers are turned away; raise the limit of open files or lower limits.connections",
        {{"turned_away", without_descriptor.load(std::memory_order_relaxed)}});
}

Acceptor::Acceptor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Acceptor>> Acceptor::create(std::vector<UniqueFd> listeners, AcceptHandler& handler,
                                                   const Settings& settings) {
    auto impl = std::make_unique<Impl>(std::move(listeners), handler);
    BERTH_TRY(impl->open(settings));
    impl->thread = std::thread([&running = *impl] { running.run(); });
    return std::unique_ptr<Acceptor>(new Acceptor(std::move(impl)));
}

Acceptor::~Acceptor() {
    impl_->stopping.store(true, std::memory_order_release);
    impl_->signal();
    impl_->thread.join();
}

void Acceptor::pause() {
    impl_->paused.store(true, std::memory_order_release);
    impl_->signal();
}

void Acceptor::resume() {
    impl_->paused.store(false, std::memory_order_release);
    impl_->signal();
}

void Acceptor::add(UniqueFd listener) {
    // A task must be copyable, a descriptor is not.
    auto fd = std::make_shared<UniqueFd>(std::move(listener));
    impl_->post([fd](Impl& impl) { impl.add(std::move(*fd)); });
}

void Acceptor::remove(std::size_t listener) {
    impl_->post([listener](Impl& impl) { impl.remove(listener); });
}

void Acceptor::set_unacknowledged(Milliseconds limit) {
    impl_->post([limit](Impl& impl) { impl.set_unacknowledged(limit); });
}

void Acceptor::wake() {
    impl_->signal();
}

AcceptCounters Acceptor::counters() const {
    return {.accepted = impl_->accepted.load(std::memory_order_relaxed),
            .refused = impl_->refused.load(std::memory_order_relaxed),
            .without_descriptor = impl_->without_descriptor.load(std::memory_order_relaxed),
            .failed = impl_->failed.load(std::memory_order_relaxed)};
}

}  // namespace berth::host::transport
