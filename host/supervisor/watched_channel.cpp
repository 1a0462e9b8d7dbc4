// SPDX-License-Identifier: MIT
#include "supervisor/watched_channel.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "control/child_channel_message.hpp"

namespace berth::host::supervisor {

WatchedChannel::WatchedChannel(EventLoop& loop, UniqueFd fd, Message message, Ended ended)
    : loop_(loop), channel_(std::move(fd), control::ChildChannel::Peer::child), message_(std::move(message)), ended_(std::move(ended)) {}

WatchedChannel::~WatchedChannel() { close(); }

Result<void> WatchedChannel::open() {
    BERTH_TRY(loop_.watch(channel_.fd(), EPOLLIN, [this](std::uint32_t events) { ready(events); }));
    is_open_ = true;
    return {};
}

void WatchedChannel::send(const nlohmann::json& message, std::span<const int> fds) {
    if (!is_open_) return;
    // Nobody may go on without a message that was meant for him: reading tells both ends.
    if (!channel_.send(message, fds)) ::shutdown(channel_.fd(), SHUT_RDWR);
    watch();
}

void WatchedChannel::watch() {
    loop_.rewatch(channel_.fd(), channel_.wants_write() ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void WatchedChannel::ready(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        static_cast<void>(channel_.flush());
        watch();
    }
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) receive();
}

bool WatchedChannel::deliver(const std::vector<control::ChildChannel::Message>& messages) {
    const std::weak_ptr<const bool> alive = alive_;
    const Message call = message_;
    for (const auto& message : messages) {
        call(message.body);
        if (alive.expired()) return false;
        if (!is_open_) break;
    }
    return true;
}

void WatchedChannel::receive() {
    const auto messages = channel_.receive();
    if (!messages) return end(messages.error());
    if (are_too_many(messages->size())) return end({Code::invalid, "a flood on a control channel"});
    deliver(*messages);
}

bool WatchedChannel::are_too_many(std::size_t messages) {
    const auto now = Clock::now();
    if (now - second_begun_ >= std::chrono::seconds{1}) {
        second_begun_ = now;
        messages_in_second_ = 0;
    }
    messages_in_second_ += messages;
    return messages_in_second_ > messages_per_second_max;
}

void WatchedChannel::end(const Error& error) {
    close();
    const Ended ended = ended_;
    ended(error);  // Last: it may destroy this channel.
}

bool WatchedChannel::drain() {
    while (is_open_) {
        const auto messages = channel_.receive();
        // Somebody that it started may still be writing.
        if (!messages || messages->empty() || are_too_many(messages->size())) break;
        if (!deliver(*messages)) return false;
    }
    return true;
}

void WatchedChannel::close() {
    if (!is_open_) return;
    is_open_ = false;
    loop_.unwatch(channel_.fd());
    ::shutdown(channel_.fd(), SHUT_RDWR);
}

}  // namespace berth::host::supervisor
