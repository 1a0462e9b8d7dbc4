// SPDX-License-Identifier: MIT
#include "control/child_channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/foreign_json.hpp"
#include "control/child_channel_message.hpp"

namespace berth::host::control {
namespace {

constexpr std::size_t fds_per_frame_max = 250;  // The kernel takes 253 in one message (SCM_MAX_FD).
constexpr std::size_t read_chunk = 64u << 10;

struct FrameHeader {
    std::uint32_t length = 0;
    std::uint32_t fds = 0;
};

tl::unexpected<Error> nonsense() { return fail(Code::invalid, "nonsense on a control channel"); }

}  // namespace

struct ChildChannel::Outgoing {
    std::string bytes;
    std::size_t written = 0;
    std::vector<UniqueFd> fds;
};

Result<std::pair<UniqueFd, UniqueFd>> ChildChannel::pair() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
        return fail_errno("make a control channel", errno);
    }
    return std::pair(UniqueFd(fds[0]), UniqueFd(fds[1]));
}

ChildChannel::ChildChannel(UniqueFd fd, Peer peer) : fd_(std::move(fd)), peer_(peer) {}
ChildChannel::~ChildChannel() = default;

bool ChildChannel::wants_write() const {
    const MutexLock lock(mutex_);
    return !outgoing_.empty();
}

Result<void> ChildChannel::send(const nlohmann::json& body, std::span<const int> fds) {
    if (fds.size() > fds_per_frame_max) return fail(Code::invalid, "too many descriptors in one message");
    Outgoing frame;
    // Text of clients and projects may hold anything; a bad byte must not make a message impossible.
    const std::string text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.size() > frame_bytes_max) return fail(Code::invalid, "control message too large");
    const FrameHeader header{static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(fds.size())};
    frame.bytes.append(reinterpret_cast<const char*>(&header), sizeof header).append(text);
    for (const int fd : fds) {
        UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (!copy) return fail_errno("duplicate a descriptor", errno);
        frame.fds.push_back(std::move(copy));
    }
    const MutexLock lock(mutex_);
    if (queued_bytes_ + frame.bytes.size() > queued_bytes_max) {
        return fail(Code::unavailable, "the process does not read its control channel");
    }
    queued_bytes_ += frame.bytes.size();
    outgoing_.push_back(std::move(frame));
    return flush_locked();
}

Result<void> ChildChannel::flush() {
    const MutexLock lock(mutex_);
    return flush_locked();
}

Result<void> ChildChannel::flush_locked() {
    std::size_t finished = 0;
    Result<void> result;
    for (; finished < outgoing_.size(); ++finished) {
        Outgoing& frame = outgoing_[finished];
        bool blocked = false;
        while (frame.written < frame.bytes.size()) {
            iovec part{frame.bytes.data() + frame.written, frame.bytes.size() - frame.written};
            msghdr message{};
            message.msg_iov = &part;
            message.msg_iovlen = 1;
            alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * fds_per_frame_max)> control{};
            if (!frame.fds.empty()) {
                message.msg_control = control.data();
                message.msg_controllen = CMSG_SPACE(sizeof(int) * frame.fds.size());
                cmsghdr* rights = CMSG_FIRSTHDR(&message);
                rights->cmsg_level = SOL_SOCKET;
                rights->cmsg_type = SCM_RIGHTS;
                rights->cmsg_len = CMSG_LEN(sizeof(int) * frame.fds.size());
                for (std::size_t i = 0; i < frame.fds.size(); ++i) {
                    const int fd = frame.fds[i].get();
                    std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof fd);
                }
            }
            const ssize_t n = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n > 0) {
                frame.written += static_cast<std::size_t>(n);
                frame.fds.clear();  // They travel with the first byte.
            } else if (errno == EINTR) {
                continue;
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                blocked = true;
                break;
            } else {
                result = fail_errno("write to a control channel", errno);
                blocked = true;
                break;
            }
        }
        if (blocked) break;
        queued_bytes_ -= frame.bytes.size();
    }
    outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<std::ptrdiff_t>(finished));
    return result;
}

ChildChannel::Read ChildChannel::read_some() {
    const std::size_t size = incoming_.size();
    incoming_.resize(size + read_chunk);
    iovec part{incoming_.data() + size, read_chunk};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * fds_per_frame_max)> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (peer_ == Peer::supervisor) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
    }
    ssize_t n = -1;
    do {
        n = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    const int error_number = errno;
    incoming_.resize(size + static_cast<std::size_t>(n > 0 ? n : 0));
    if (n < 0 && (error_number == EAGAIN || error_number == EWOULDBLOCK)) return Read::nothing;
    if (n <= 0) return Read::end;
    const std::size_t fds_before = incoming_fds_.size();
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
            incoming_fds_.emplace_back(fd);
        }
    }
    if ((message.msg_flags & MSG_CTRUNC) == 0) return Read::something;
    if (peer_ == Peer::child) return Read::nonsense;
    // Without room for all of them the kernel has closed some. A read ends with the bytes that descriptors came along with,
    // so they are of the last frame that has begun by now; it gets none of them.
    incoming_fds_.resize(fds_before);
    bereft_.push_back(incoming_.size());
    return Read::bereft;
}

Result<std::vector<ChildChannel::Message>> ChildChannel::receive() {
    Read read = Read::something;
    for (std::size_t turn = 0; turn < turn_bytes_max && read == Read::something; turn += read_chunk)
        read = read_some();
    if (read == Read::nonsense) return nonsense();
    auto messages = take_messages();
    // What was said before the end still counts; the end is reported when nothing is left to say.
    if (read == Read::end && messages && messages->empty())
        return fail(Code::unavailable, "the other end of the control channel has gone");
    return messages;
}

Result<std::vector<ChildChannel::Message>> ChildChannel::take_messages() {
    const std::size_t bytes_max = peer_ == Peer::child ? child_frame_bytes_max : frame_bytes_max;
    std::vector<Message> messages;
    std::size_t used = 0;
    while (incoming_.size() - used >= sizeof(FrameHeader)) {
        FrameHeader header;
        std::memcpy(&header, incoming_.data() + used, sizeof header);
        if (header.length > bytes_max || header.fds > fds_per_frame_max) return nonsense();
        if (incoming_.size() - used < sizeof header + header.length) break;
        Message message;
        message.body = parse_foreign({incoming_.data() + used + sizeof header, header.length});
        if (!bereft_.empty() && bereft_.front() <= used + sizeof header + header.length) {
            message.is_bereft = true;
            bereft_.erase(bereft_.begin());
            header.fds = 0;
        }
        if (message.body.is_discarded() || header.fds > incoming_fds_.size()) return nonsense();
        const auto fds_end = incoming_fds_.begin() + static_cast<std::ptrdiff_t>(header.fds);
        std::move(incoming_fds_.begin(), fds_end, std::back_inserter(message.fds));
        incoming_fds_.erase(incoming_fds_.begin(), fds_end);
        messages.push_back(std::move(message));
        used += sizeof header + header.length;
    }
    incoming_.erase(0, used);
    for (std::size_t& end : bereft_) end -= used;
    return messages;
}

Result<std::vector<ChildChannel::Message>> ChildChannel::receive_within(int timeout_ms) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(timeout_ms);
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        pollfd watched{fd_.get(), POLLIN, 0};
        const int n = ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) return fail(Code::timed_out, "no message on the control channel within " + std::to_string(timeout_ms) + " ms");
        // Readable is not yet a whole message: it may come in pieces.
        auto messages = receive();
        if (!messages || !messages->empty()) return messages;
    }
}

}  // namespace berth::host::control
