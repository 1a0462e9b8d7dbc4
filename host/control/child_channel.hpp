// SPDX-License-Identifier: MIT
/// JSON messages, with descriptors, between the supervisor and one of its processes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::host::control {

/// One end of a stream socket pair. Frames are {u32 length, u32 descriptors} and the JSON text.
///
/// `send` is [any thread] and never blocks: what the socket does not take waits in the channel, bounded
/// by `queued_bytes_max`, past which the channel is broken. Everything else belongs to one thread.
///
/// A child believes its supervisor. The supervisor believes no child, which runs a project's code: it takes no
/// descriptor from it and only frames of a bounded size; anything else is nonsense.
class ChildChannel {
public:
    enum class Peer { supervisor, child };

    static constexpr std::size_t frame_bytes_max = 64u << 20;
    static constexpr std::size_t child_frame_bytes_max = 24u << 20;  // the largest project table and more
    static constexpr std::size_t queued_bytes_max = 256u << 20;
    /// What one `receive` reads; the rest is still there at the next one.
    static constexpr std::size_t turn_bytes_max = 256u << 10;

    struct Message;

    /// A connected pair, both ends non-blocking and close-on-exec.
    static Result<std::pair<UniqueFd, UniqueFd>> pair();

    ChildChannel(UniqueFd fd, Peer peer);
    ~ChildChannel();

    /// For epoll: readable means `receive`; when `wants_write`, writable means `flush`.
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] bool wants_write() const BERTH_EXCLUDES(mutex_);

    /// Queues a message; the descriptors are duplicated. An error means that the peer has gone.
    Result<void> send(const nlohmann::json& body, std::span<const int> fds = {}) BERTH_EXCLUDES(mutex_);
    /// Writes what waits.
    Result<void> flush() BERTH_EXCLUDES(mutex_);
    /// Reads what is there, up to `turn_bytes_max`, and answers the whole messages; an error when the peer has
    /// gone (unavailable) or spoke nonsense (invalid).
    Result<std::vector<Message>> receive();
    /// As `receive`, but waits up to the limit until the first message is there as a whole (else timed_out); for the
    /// start of a child.
    Result<std::vector<Message>> receive_within(int timeout_ms);

private:
    struct Outgoing;
    Result<void> flush_locked() BERTH_REQUIRES(mutex_);
    enum class Read { something, nothing, end, nonsense, bereft };
    Read read_some();
    Result<std::vector<Message>> take_messages();

    UniqueFd fd_;
    const Peer peer_;
    std::string incoming_;
    std::vector<UniqueFd> incoming_fds_;
    std::vector<std::size_t> bereft_;  ///< ends in incoming_ of those reads whose descriptors did not find room
    mutable Mutex mutex_;
    std::vector<Outgoing> outgoing_ BERTH_GUARDED_BY(mutex_);
    std::size_t queued_bytes_ BERTH_GUARDED_BY(mutex_) = 0;
};

}  // namespace berth::host::control
