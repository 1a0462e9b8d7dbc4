// SPDX-License-Identifier: MIT
/// Signals as events of the loop.
#pragma once

#include <functional>

#include "base/event_loop.hpp"

namespace berth::host::supervisor {

/// Blocks SIGTERM, SIGINT, SIGHUP and SIGPIPE for this thread (and those it makes later) and hands the first three out.
/// Children start with nothing blocked. Made before any other thread; restores the mask at its end.
class Signals {
public:
    Signals(EventLoop& loop, std::function<void(int number)> arrived);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

private:
    EventLoop& loop_;
    const std::function<void(int)> arrived_;
    UniqueFd fd_;
    struct Mask;
    std::unique_ptr<Mask> before_;
};

}  // namespace berth::host::supervisor
