// SPDX-License-Identifier: MIT
#include "client/dial.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

namespace berth::client::inner {

namespace {

constexpr Milliseconds stagger{250};

/// One address being connected to.
struct Attempt {
    Descriptor socket;
    const Address* address;
};

class Dialer {
public:
    explicit Dialer(std::span<const Address> addresses) : waiting_(addresses) {}

    /// Begins with the next address where its time has come.
    void begin_due(TimePoint now) {
        while (!waiting_.empty() && (now >= next_at_ || attempts_.empty())) {
            begin(waiting_.front());
            waiting_ = waiting_.subspan(1);
            next_at_ = now + stagger;
        }
    }

    [[nodiscard]] bool is_exhausted() const { return attempts_.empty() && waiting_.empty(); }
    [[nodiscard]] TimePoint next_at() const { return waiting_.empty() ? never : next_at_; }
    [[nodiscard]] const Failure& last_failure() const { return last_failure_; }

    /// Places for all attempts under way, and one more.
    [[nodiscard]] std::vector<pollfd> descriptors() const {
        std::vector<pollfd> all;
        for (const Attempt& attempt : attempts_)
            all.push_back({.fd = attempt.socket.get(), .events = POLLOUT, .revents = 0});
        all.emplace_back();
        return all;
    }

    /// The first attempt that succeeded; those that failed are dropped.
    Descriptor collect(std::span<const pollfd> all) {
        std::size_t place = 0;
        Descriptor connected;
        std::erase_if(attempts_, [&](Attempt& attempt) {
            if (all[place++].revents == 0 || connected) return false;
            int error = 0;
            socklen_t size = sizeof error;
            getsockopt(attempt.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
            if (error == 0) {
                connected = std::move(attempt.socket);
            } else {
                note(*attempt.address, error);
            }
            return true;
        });
        return connected;
    }

    [[nodiscard]] std::string shown() const {
        return attempts_.empty() ? std::string{"the host"} : attempts_.front().address->shown();
    }

private:
    void begin(const Address& address) {
        Descriptor socket{
            ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
        if (!socket) return note(address, errno);
        const int on = 1;
        setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // Connected at once, or later: poll tells either.
        if (connect(socket.get(), address.get(), address.size) != 0 && errno != EINPROGRESS)
            return note(address, errno);
        attempts_.push_back({std::move(socket), &address});
    }

    void note(const Address& address, int error) {
        last_failure_ = system_failure(BERTH_CLIENT_UNREACHABLE, "connecting to " + address.shown(), error);
    }

    std::span<const Address> waiting_;
    std::vector<Attempt> attempts_;
    TimePoint next_at_{};
    Failure last_failure_{.status = BERTH_CLIENT_UNREACHABLE, .text = "there is no address to connect to"};
};

}  // namespace

Outcome<Descriptor> dial(std::span<const Address> addresses, Waiter& waiter, TimePoint deadline) {
    Dialer dialer{addresses};
    for (;;) {
        dialer.begin_due(Clock::now());
        if (dialer.is_exhausted()) return dialer.last_failure();

        std::vector<pollfd> descriptors = dialer.descriptors();
        const Waiter::Woke woke =
            waiter.wait_unless_given_up(descriptors, std::min(deadline, dialer.next_at()));
        if (woke == Waiter::Woke::called)
            return Failure{.status = BERTH_CLIENT_CLOSED, .text = "closed while connecting"};
        if (woke == Waiter::Woke::ready) {
            if (Descriptor connected = dialer.collect(descriptors)) return connected;
        } else if (Clock::now() >= deadline) {
            return Failure{.status = BERTH_CLIENT_TIMEOUT,
                           .text = "connecting to " + dialer.shown() + " took longer than the time limit"};
        }
    }
}

}  // namespace berth::client::inner
