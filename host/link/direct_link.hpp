// SPDX-License-Identifier: MIT
/// Both ends of a link within one process (isolation "none").
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.hpp"
#include "link/record.hpp"
#include "link/worker_link.hpp"

namespace berth::host::link {

/// The gateway's end of one lane of a DirectLink. It is an EventSink whose calls reach the worker on the calling
/// I/O thread; in debug builds they go through the encoder and the decoder first, so that nothing comes to
/// depend on a shared address space. Events before `open` and after `close` are dropped.
class DirectLane final : public EventSink {
public:
    /// Actions wait to be taken: called by the submitting thread, once until they are taken; at once, when some wait
    /// already. Set once; outlives what is submitted. Not called for what is submitted on the thread that set it: whoever
    /// hands events over there takes the actions next. [I/O thread]
    void set_wake(std::function<void()> wake) BERTH_EXCLUDES(actions_mutex_);

    /// Moves the records that wait into `to`, replacing it. [I/O thread]
    void take_actions(std::string& to) BERTH_EXCLUDES(actions_mutex_);
    [[nodiscard]] std::size_t waiting_actions_bytes() const BERTH_EXCLUDES(actions_mutex_);

    void opening(const Opening& opening) override;
    void opened(ClientId client, std::string_view subprotocol) override;
    void abandoned(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) override;
    void message(ClientId client, std::uint64_t seq, Kind kind, std::string_view payload) override;
    void closed(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) override;
    void resumed(const Opening& opening, const Resumption& resumption) override;
    void subscribed(ClientId client, std::string_view topic) override;
    void parting(ClientId client) override;
    void lost(std::span<const ClientId> clients) override;
    void credit(ClientId client, std::uint64_t bytes) override;
    void flush() override;

private:
    friend class DirectLink;
    template <class Call>
    void deliver(Call&& call) BERTH_EXCLUDES(sink_mutex_);

    Mutex sink_mutex_;  ///< held during a call into the worker: `close` waits for it
    EventSink* sink_ BERTH_GUARDED_BY(sink_mutex_) = nullptr;
    EventEncoder encoder_ BERTH_GUARDED_BY(sink_mutex_);
    /// Answers whether nothing waited, and who takes it must be woken.
    bool must_wake() const BERTH_REQUIRES(actions_mutex_);

    mutable Mutex actions_mutex_;
    std::thread::id taker_ BERTH_GUARDED_BY(actions_mutex_);
    std::string actions_ BERTH_GUARDED_BY(actions_mutex_);
    std::function<void()> wake_ BERTH_GUARDED_BY(actions_mutex_);
};

/// The worker's end, which owns the lanes together with whoever holds them in the gateway.
class DirectLink final : public WorkerLink, private ActionPort {
public:
    explicit DirectLink(std::size_t lanes);

    [[nodiscard]] std::shared_ptr<DirectLane> lane(std::size_t index) { return lanes_[index]; }

    [[nodiscard]] ActionPort& port() override { return *this; }
    void open(EventSink& sink, std::function<void(End)> on_lost) override;
    void close() override;

private:
    [[nodiscard]] std::size_t lanes() const override { return lanes_.size(); }
    void submit(std::size_t lane, std::string_view records) override;
    [[nodiscard]] std::size_t waiting_bytes(std::size_t lane) const override {
        return lanes_[lane]->waiting_actions_bytes();
    }
    void submit_buffer(std::size_t lane, std::string& records) override;

    // Shared: worker and gateway let go of a generation at different times.
    std::vector<std::shared_ptr<DirectLane>> lanes_;
};

}  // namespace berth::host::link
