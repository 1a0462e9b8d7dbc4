// SPDX-License-Identifier: MIT
/// The gateway's end of the link to one worker, on one I/O thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "gateway/transport/transport.hpp"
#include "link/actions.hpp"
#include "link/channel.hpp"
#include "link/direct_link.hpp"
#include "link/events.hpp"
#include "link/record.hpp"

namespace berth::host::gateway {

/// What a lane tells its I/O thread.
class LaneOwner {
public:
    virtual ~LaneOwner() = default;
    /// Records have arrived and are to be decoded into the owner's ActionSink; an error is a violation.
    /// `slabs`: where placed payloads lie, or null.
    /// What it does not take it wants again in another turn (`has_enough`), or it is a record that is not whole.
    virtual Result<std::size_t> on_actions(std::string_view records, link::Slabs* slabs) = 0;
    /// Whether it takes no more in this turn of the loop.
    [[nodiscard]] virtual bool has_enough() const = 0;
    /// Another turn begins; or the worker has ended, and all that it said before comes in one.
    virtual void begin_turn(bool is_last) = 0;
    /// The worker broke a rule of the link; no more calls follow.
    virtual void on_violation(const std::string& what) = 0;
    /// The worker has closed its end; no more calls follow.
    virtual void on_worker_gone() = 0;
};

/// [I/O thread]
class Lane {
public:
    virtual ~Lane() = default;
    /// Where events go; they reach the worker at the latest with `flush_events`.
    [[nodiscard]] virtual link::EventSink& events() = 0;
    /// Hands over what was gathered; once a turn of the loop.
    virtual void flush_events() = 0;
    /// Bytes of events that the worker has not taken yet.
    [[nodiscard]] virtual std::size_t waiting_bytes() const = 0;
    /// Memory that is shared with the worker for payloads, as far as it has been used.
    [[nodiscard]] virtual std::size_t shared_bytes() const { return 0; }
    /// Gives back what of it is not in use.
    virtual void save_memory() {}
    /// Gives actions that wait to the owner, as far as it takes them in this turn; answers whether there were any. Lanes
    /// that watch a descriptor of their own have only those here that an earlier turn has left.
    virtual bool take_actions() = 0;
    /// Gives the owner what a worker of another process has said by now, in the middle of a turn that has much to do.
    virtual void hear() {}
    /// The turn is over. @return whether actions are left for the next one, which must not wait.
    virtual bool end_turn() = 0;
    /// The worker is not believed any more: it is told by its writes, which fail from now on, that what it says is not heard.
    virtual void refuse() {}
    /// The worker has ended: gives the owner all that it said before.
    virtual void take_last_actions() = 0;
};

/// The worker is another process.
std::unique_ptr<Lane> make_process_lane(UniqueFd fd, transport::Transport& transport, LaneOwner& owner);

/// The worker is in this process. `wake` makes the I/O thread run another turn; called from any thread.
std::unique_ptr<Lane> make_direct_lane(std::shared_ptr<link::DirectLane> lane, std::function<void()> wake,
                                       LaneOwner& owner);

}  // namespace berth::host::gateway
