// SPDX-License-Identifier: MIT
#include "link/channel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/assert.hpp"
#include "base/free_memory.hpp"

namespace berth::host::link {
namespace {

constexpr std::size_t read_chunk = 128u << 10;
constexpr std::size_t descriptors_max = 2;
constexpr int socket_buffer_bytes = 1 << 20;
/// A buffer that grew for one large batch is given back once it is empty.
constexpr std::size_t keep_bytes = 1u << 20;

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> Channel::pair() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
        return fail_errno("make a lane", errno);
    }
    for (const int fd : fds) {
        // Sizes beyond the system's bound are for the privileged; others get what there is, and more turns.
        if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &socket_buffer_bytes, sizeof socket_buffer_bytes) != 0) {
            ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &socket_buffer_bytes, sizeof socket_buffer_bytes);
        }
    }
    return std::pair(UniqueFd(fds[0]), UniqueFd(fds[1]));
}

void Channel::append(std::string_view records) {
    const MutexLock lock(mutex_);
    outgoing_.append(records);
}

bool Channel::write(std::string_view records) {
    const MutexLock lock(mutex_);
    if (outgoing_.size() != written_) {
        // Others' bytes wait already: their turn of the loop writes ours too.
        outgoing_.append(records);
        return true;
    }
    // From where they are; only a rest is copied.
    const std::size_t sent = send_some(records);
    if (sent == records.size()) return false;
    outgoing_.append(records.substr(sent));
    return true;
}

bool Channel::flush() {
    const MutexLock lock(mutex_);
    return flush_locked();
}

std::size_t Channel::waiting_bytes() const {
    const MutexLock lock(mutex_);
    return outgoing_.size() - written_;
}

/// Answers how many bytes the socket took; all, when nobody will read them.
std::size_t Channel::send_some(std::string_view bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t n = ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            sent += static_cast<std::size_t>(n);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM) {
            return sent;
        } else if (errno != EINTR) {
            const bool is_by_peer = errno == EPIPE || errno == ECONNRESET;
            (is_by_peer ? is_refused_ : is_severed_).store(true, std::memory_order_relaxed);
            return bytes.size();
        }
    }
    return sent;
}

bool Channel::flush_locked() {
    written_ += send_some(std::string_view(outgoing_).substr(written_));
    if (written_ < outgoing_.size()) {
        // Moving the rest to the front once it is the smaller part keeps the cost linear.
        if (written_ > outgoing_.size() / 2) {
            outgoing_.erase(0, written_);
            written_ = 0;
        }
        return true;
    }
    outgoing_.clear();
    written_ = 0;
    if (outgoing_.capacity() > keep_bytes) free_memory(outgoing_);
    return false;
}

Result<void> Channel::write_first(std::string_view records, std::span<const int> descriptors) {
    const MutexLock lock(mutex_);
    iovec piece{const_cast<char*>(records.data()), records.size()};  // sendmsg doesn't write there.
    alignas(cmsghdr) std::array<char, CMSG_SPACE(descriptors_max * sizeof(int))> control{};
    BERTH_ASSERT(descriptors.size() <= descriptors_max && outgoing_.empty());
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    const ssize_t n = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) return fail_errno("pass descriptors along a lane", errno);
    outgoing_.append(records.substr(static_cast<std::size_t>(n)));
    return {};
}

/// As recv; the first bytes of all may bring descriptors that are taken.
ssize_t Channel::receive(std::span<char> room) {
    if (!awaits_descriptors_) return ::recv(fd_.get(), room.data(), room.size(), MSG_DONTWAIT);
    iovec piece{room.data(), room.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(descriptors_max * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n <= 0) return n;
    awaits_descriptors_ = false;
    for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
            descriptors_.emplace_back(fd);
        }
    }
    return n;
}

Result<void> Channel::hand_on(const std::function<Result<std::size_t>(std::string_view)>& decode) {
    is_held_ = false;
    auto used = decode(std::string_view(incoming_).substr(0, incoming_size_));
    if (!used) return tl::unexpected<Error>(std::move(used).error());
    if (*used == incoming_size_) {
        incoming_size_ = 0;
        if (incoming_.size() > keep_bytes) free_memory(incoming_);
    } else if (*used != 0) {
        incoming_.erase(0, *used);
        incoming_size_ -= *used;
    }
    return {};
}

Result<Channel::Read> Channel::read(const std::function<Result<std::size_t>(std::string_view)>& decode) {
    if (is_held_) BERTH_TRY(hand_on(decode));
    if (is_held_) return Read::held;
    std::size_t total = 0;
    while (total < read_bytes_max) {
        if (incoming_.size() - incoming_size_ < read_chunk) incoming_.resize(incoming_size_ + read_chunk);
        const std::size_t room = incoming_.size() - incoming_size_;
        const ssize_t n = receive(std::span(incoming_).subspan(incoming_size_));
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return Read::drained;
            return Read::gone;
        }
        if (n == 0) return Read::gone;
        total += static_cast<std::size_t>(n);
        incoming_size_ += static_cast<std::size_t>(n);
        BERTH_TRY(hand_on(decode));
        if (is_held_) return Read::held;
        if (static_cast<std::size_t>(n) < room) return Read::drained;
    }
    return Read::more;
}

}  // namespace berth::host::link
