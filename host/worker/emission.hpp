// SPDX-License-Identifier: MIT
/// What a running handler sends, closes and executes, held in order until it may leave.
#pragma once

#include <array>
#include <atomic>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "link/record.hpp"
#include "worker/context.hpp"
#include "worker/outlet.hpp"
#include "worker/ticker.hpp"

namespace berth::host::worker {

/// A procedure on its way into a context, where room is reserved for it.
struct Post {
    ContextPtr target;  ///< null: gone already; only the completion is due
    CallItem call;
    std::size_t bytes = 0;  ///< reserved
};

/// Takes procedures that leave an emission.
class PostSink {
public:
    virtual ~PostSink() = default;
    virtual void deliver(Post post) = 0;  ///< [any thread]
};

/// When what a handler sends leaves (DECISIONS §2).
enum class Hold {
    streaming,   ///< at its end, or after 10 ms or 64 KiB
    to_the_end,  ///< at its end: the project's events may be run again
    admission    ///< `connection`: after the verdict
};

/// Belongs to one executor. Everything but `tick` is called by the executor's thread, between `begin` and
/// `end`, except for `gather` and `leave`. Records of a lane leave in order, then the procedures.
class Emission {
public:
    static constexpr std::size_t streamed_bytes = 64u << 10;
    static constexpr Milliseconds streamed_after{10};

    Emission(Outlet& outlet, PostSink& posts, Ticker& ticker) : outlet_(outlet), posts_(posts), ticker_(ticker) {}

    void begin(Hold hold, ClientId own);

    void send(ClientId client, link::Kind kind, std::string_view payload) BERTH_EXCLUDES(mutex_);
    /// One message to many; `clients` in ascending order, each once.
    void send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload)
        BERTH_EXCLUDES(mutex_);
    void subscribe(ClientId client, std::string_view topic) BERTH_EXCLUDES(mutex_);
    void unsubscribe(ClientId client, std::string_view topic) BERTH_EXCLUDES(mutex_);
    /// `lanes`: a bit for each that it goes to.
    void publish(std::uint64_t lanes, const link::Publication& publication) BERTH_EXCLUDES(mutex_);
    void close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason)
        BERTH_EXCLUDES(mutex_);
    void post(Post post) BERTH_EXCLUDES(mutex_);
    void done(ClientId client, std::uint64_t seq) BERTH_EXCLUDES(mutex_);
    void saved(ClientId client, std::string_view state) BERTH_EXCLUDES(mutex_);
    void parted(ClientId client) BERTH_EXCLUDES(mutex_);
    void released(ClientId client) BERTH_EXCLUDES(mutex_);

    /// The verdict on the asking client goes out first of all. Refused: what was for it is dropped.
    void admit(ClientId client, const link::Admission& admission) BERTH_EXCLUDES(mutex_);
    /// No verdict any more: the asking client has gone; what was for it is dropped.
    void forget_own() BERTH_EXCLUDES(mutex_);

    /// The handler has returned: everything leaves. `settles`: and is out of this process when this returns.
    void end(bool settles = false) BERTH_EXCLUDES(mutex_);
    /// As `done` and `end`; between `gather` and `leave` what it sent may wait for what the next ones send, within the
    /// bounds of one handler that streams, so that many short events leave in one write.
    void end_gathering(ClientId client, std::uint64_t seq) BERTH_EXCLUDES(mutex_);
    /// Events follow one another without a pause from now on.
    void gather() BERTH_EXCLUDES(mutex_);
    /// No event follows at once: everything leaves.
    void leave() BERTH_EXCLUDES(mutex_);

    /// Lets what has been held for long enough leave. [ticker]
    void tick(TimePoint now) BERTH_EXCLUDES(mutex_);
    [[nodiscard]] bool is_held() const { return held_since_ns_.load(std::memory_order_seq_cst) != 0; }

private:
    void enter() BERTH_REQUIRES(mutex_);
    link::ActionEncoder& lane(ClientId client) BERTH_REQUIRES(mutex_);
    link::ActionEncoder& lane_at(std::size_t index) BERTH_REQUIRES(mutex_);
    void added(std::size_t bytes) BERTH_REQUIRES(mutex_);
    void note_held() BERTH_REQUIRES(mutex_);
    void release() BERTH_REQUIRES(mutex_);
    void submit(std::size_t lane) BERTH_REQUIRES(mutex_);

    Outlet& outlet_;
    PostSink& posts_;
    Ticker& ticker_;
    // What `begin` was told; in force from the event's first word on, which spares a lock.
    bool has_begun_ = false;
    Hold next_hold_ = Hold::streaming;
    ClientId next_own_id_{};
    Mutex mutex_;
    Hold hold_ BERTH_GUARDED_BY(mutex_) = Hold::streaming;
    ClientId own_id_ BERTH_GUARDED_BY(mutex_){};
    std::vector<link::ActionEncoder> lanes_ BERTH_GUARDED_BY(mutex_);
    std::vector<std::size_t> used_ BERTH_GUARDED_BY(mutex_);  ///< lanes with records
    link::ActionEncoder own_ BERTH_GUARDED_BY(mutex_);        ///< for the asking client
    std::vector<Post> posts_held_ BERTH_GUARDED_BY(mutex_);
    std::size_t bytes_ BERTH_GUARDED_BY(mutex_) = 0;
    bool gathers_ BERTH_GUARDED_BY(mutex_) = false;
    std::uint64_t spoken_ BERTH_GUARDED_BY(mutex_) = 0;  ///< a bit for each lane that got something since `begin`
    std::vector<std::vector<ClientId>> many_ BERTH_GUARDED_BY(mutex_);  ///< by lane; empty between calls
    std::atomic<std::int64_t> held_since_ns_{0};  ///< 0: nothing is held that may stream
};

}  // namespace berth::host::worker
