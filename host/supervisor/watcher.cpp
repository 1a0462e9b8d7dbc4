// SPDX-License-Identifier: MIT
#include "supervisor/watcher.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"

namespace berth::host::supervisor {
namespace {

constexpr std::uint32_t interesting = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                      IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

Watcher::Watcher(EventLoop& loop, std::filesystem::path directory, Touched touched)
    : loop_(loop), directory_(std::move(directory)), touched_(std::move(touched)),
      inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (!inotify_ || !loop_.watch(inotify_.get(), EPOLLIN, [this](std::uint32_t) { read_events(); })) {
        log::warning("changes of the plugins directory are found by looking only", {{"error", std::strerror(errno)}});
        inotify_.reset();
    }
    renew();
}

Watcher::~Watcher() {
    if (inotify_) loop_.unwatch(inotify_.get());
}

void Watcher::renew() {
    // The kernel knows a directory by its inode: the same one gets the same watch.
    if (inotify_) ::inotify_add_watch(inotify_.get(), directory_.c_str(), interesting);
}

void Watcher::read_events() {
    alignas(inotify_event) std::array<char, 16u << 10> buffer;
    while (true) {
        const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
        if (size <= 0) return;
        for (ssize_t at = 0; at < size;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char* name = buffer.data() + at + sizeof event;
            touched_(event.len > 0 ? directory_ / name : std::filesystem::path{});
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    }
}

}  // namespace berth::host::supervisor
