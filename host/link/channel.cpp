// SPDX-License-Identifier: MIT
#include "link/channel.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/free_memory.hpp"

namespace berth::host::link {
namespace {

constexpr std::size_t read_chunk = 256u << 10;
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
        // Refused sizes are capped by the kernel; a smaller buffer only means more turns.
        ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &socket_buffer_bytes, sizeof socket_buffer_bytes);
    }
    return std::pair(UniqueFd(fds[0]), UniqueFd(fds[1]));
}

void Channel::append(std::string_view records) {
    const MutexLock lock(mutex_);
    outgoing_.append(records);
}

bool Channel::write(std::string_view records) {
    const MutexLock lock(mutex_);
    const bool waits = outgoing_.size() != written_;
    outgoing_.append(records);
    // Others' bytes wait already: their turn of the loop writes ours too.
    return waits || flush_locked();
}

bool Channel::flush() {
    const MutexLock lock(mutex_);
    return flush_locked();
}

std::size_t Channel::waiting_bytes() const {
    const MutexLock lock(mutex_);
    return outgoing_.size() - written_;
}

bool Channel::flush_locked() {
    while (written_ < outgoing_.size()) {
        const ssize_t n = ::send(fd_.get(), outgoing_.data() + written_, outgoing_.size() - written_,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            written_ += static_cast<std::size_t>(n);
        } else if (errno == EINTR) {
            continue;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            // Moving the rest to the front once it is the smaller part keeps the cost linear.
            if (written_ > outgoing_.size() / 2) {
                outgoing_.erase(0, written_);
                written_ = 0;
            }
            return true;
        } else {
            break;  // The peer has gone: nobody will read this.
        }
    }
    outgoing_.clear();
    written_ = 0;
    if (outgoing_.capacity() > keep_bytes) free_memory(outgoing_);
    return false;
}

Result<Channel::Read> Channel::read(const std::function<Result<std::size_t>(std::string_view)>& decode) {
    std::size_t total = 0;
    while (total < read_bytes_max) {
        if (incoming_.size() - incoming_size_ < read_chunk) incoming_.resize(incoming_size_ + read_chunk);
        const std::size_t room = incoming_.size() - incoming_size_;
        const ssize_t n = ::recv(fd_.get(), incoming_.data() + incoming_size_, room, MSG_DONTWAIT);
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return Read::drained;
            return Read::gone;
        }
        if (n == 0) return Read::gone;
        total += static_cast<std::size_t>(n);
        incoming_size_ += static_cast<std::size_t>(n);
        auto used = decode(std::string_view(incoming_).substr(0, incoming_size_));
        if (!used) return tl::unexpected<Error>(std::move(used).error());
        if (*used == incoming_size_) {
            incoming_size_ = 0;
            if (incoming_.size() > keep_bytes) free_memory(incoming_);
        } else if (*used != 0) {
            incoming_.erase(0, *used);
            incoming_size_ -= *used;
        }
        if (static_cast<std::size_t>(n) < room) return Read::drained;
    }
    return Read::more;
}

}  // namespace berth::host::link
