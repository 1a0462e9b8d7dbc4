// SPDX-License-Identifier: MIT
/// How a worker reaches its gateway, whichever process that is in.
#pragma once

#include <functional>

#include "link/actions.hpp"
#include "link/events.hpp"

namespace berth::host::link {

/// The worker's end of one link: an ActionPort to speak through, and a source of events. The two kinds are
/// `ProcessLink` (socket pairs) and `DirectLink` (the gateway in the same process); nothing above may know
/// which one it has.
class WorkerLink {
public:
    enum class End {
        gone,   ///< the gateway has ended or hung up
        broken  ///< what came from it could not be read; it may well live
    };

    virtual ~WorkerLink() = default;

    [[nodiscard]] virtual ActionPort& port() = 0;
    /// Delivers events to `sink` from now on. `on_lost` is called once, from the link's thread, when
    /// nothing more can come; no event follows it.
    virtual void open(EventSink& sink, std::function<void(End)> on_lost) = 0;
    /// Ends the delivery; when it returns no call into the sink is under way, and none follows.
    virtual void close() = 0;
};

}  // namespace berth::host::link
