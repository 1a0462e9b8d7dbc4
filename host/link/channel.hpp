// SPDX-License-Identifier: MIT
/// Records over a stream socket between two processes: one lane.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::host::link {

/// One end of a lane. Writing is [any thread]; reading belongs to one thread. Never blocks: what the socket
/// does not take waits here, and `wants_write` says so.
class Channel {
public:
    /// A connected pair, both ends non-blocking and close-on-exec, with room for a loop turn's batch.
    static Result<std::pair<UniqueFd, UniqueFd>> pair();

    /// What becomes of descriptors that come from the other end.
    enum class Descriptors {
        closed,  ///< nobody here wants any: the kernel closes them
        taken    ///< those with the first bytes of all are kept for `take_descriptors`
    };
    explicit Channel(UniqueFd fd, Descriptors descriptors = Descriptors::closed)
        : fd_(std::move(fd)), awaits_descriptors_(descriptors == Descriptors::taken) {}

    [[nodiscard]] int fd() const { return fd_.get(); }

    /// Appends whole records and writes what the socket takes. Answers whether a rest waits for the socket to
    /// become writable; a socket whose peer has gone swallows everything (its reader learns of it).
    bool write(std::string_view records) BERTH_EXCLUDES(mutex_);
    /// Appends whole records without writing; for a batch that ends with `flush`.
    void append(std::string_view records) BERTH_EXCLUDES(mutex_);
    /// Writes records with which descriptors go along; the first that this channel writes. An error, and nothing is
    /// written, where the system refuses.
    Result<void> write_first(std::string_view records, std::span<const int> descriptors) BERTH_EXCLUDES(mutex_);
    /// Writes what waits; answers whether a rest remains.
    bool flush() BERTH_EXCLUDES(mutex_);
    [[nodiscard]] std::size_t waiting_bytes() const BERTH_EXCLUDES(mutex_);
    /// Whether the socket takes nothing any more though its peer may live: something in this process has closed or changed
    /// this end. Known from the first write that failed of it. [any thread]
    [[nodiscard]] bool is_severed() const { return is_severed_.load(std::memory_order_relaxed); }
    /// Whether the peer takes nothing any more: it has ended, or has had enough. Known from the first write that failed of
    /// it. [any thread]
    [[nodiscard]] bool is_refused() const { return is_refused_.load(std::memory_order_relaxed); }

    /// Bytes read at most in one `read` (and a chunk), so that one lane cannot keep its thread from the others, and
    /// that what was read is handed on while the processor's cache still has it.
    static constexpr std::size_t read_bytes_max = 128u << 10;

    enum class Read { drained, more, gone, held };
    /// Reads what is there and hands it to `decode`, which answers how many bytes it used (whole records);
    /// the rest is kept. Its error is passed on. `more`: the bound was met; read again. `held`: `decode` called `hold`.
    Result<Read> read(const std::function<Result<std::size_t>(std::string_view)>& decode);
    /// Within `decode`: it leaves whole records for later. The next `read` gives them again before it reads any further.
    void hold() { is_held_ = true; }
    [[nodiscard]] bool holds() const { return is_held_; }
    /// Descriptors that came with the first bytes of all, for whom asks while those are decoded or later; once.
    [[nodiscard]] std::vector<UniqueFd> take_descriptors() { return std::exchange(descriptors_, {}); }

private:
    [[nodiscard]] std::size_t send_some(std::string_view bytes);
    bool flush_locked() BERTH_REQUIRES(mutex_);

    ssize_t receive(std::span<char> room);
    /// Gives what has come to `decode` and keeps the rest.
    Result<void> hand_on(const std::function<Result<std::size_t>(std::string_view)>& decode);

    UniqueFd fd_;
    bool awaits_descriptors_;
    std::vector<UniqueFd> descriptors_;
    std::string incoming_;
    std::size_t incoming_size_ = 0;
    bool is_held_ = false;
    std::atomic<bool> is_severed_{false};
    std::atomic<bool> is_refused_{false};
    mutable Mutex mutex_;
    std::string outgoing_ BERTH_GUARDED_BY(mutex_);
    std::size_t written_ BERTH_GUARDED_BY(mutex_) = 0;
};

}  // namespace berth::host::link
