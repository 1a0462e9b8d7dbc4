// SPDX-License-Identifier: MIT
#include "supervisor/signals.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "base/assert.hpp"

namespace berth::host::supervisor {

struct Signals::Mask {
    sigset_t set;
};

Signals::Signals(EventLoop& loop, std::function<void(int)> arrived)
    : loop_(loop), arrived_(std::move(arrived)), before_(std::make_unique<Mask>()) {
    sigset_t taken;
    ::sigemptyset(&taken);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::sigaddset(&taken, number);
    ::pthread_sigmask(SIG_BLOCK, &taken, &before_->set);
    ::sigdelset(&taken, SIGPIPE);  // Stays pending for ever, which is what is wanted.
    fd_.reset(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
    BERTH_ASSERT(fd_.is_open());
    const auto watched = loop_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t) {
        signalfd_siginfo info{};
        while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            arrived_(static_cast<int>(info.ssi_signo));
        }
    });
    BERTH_ASSERT(watched.has_value());
}

Signals::~Signals() {
    loop_.unwatch(fd_.get());
    ::pthread_sigmask(SIG_SETMASK, &before_->set, nullptr);
}

}  // namespace berth::host::supervisor
