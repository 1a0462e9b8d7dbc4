// SPDX-License-Identifier: MIT
/// Tells when something happens in the plugins directory, as far as the kernel can tell.
#pragma once

#include <filesystem>
#include <functional>

#include "base/event_loop.hpp"

namespace berth::host::supervisor {

/// inotify on one directory. A directory that is missing or replaced is watched again by `renew`; whoever needs
/// certainty looks from time to time as well.
class Watcher {
public:
    /// `file` is the path of what was touched; empty: anything.
    using Touched = std::function<void(const std::filesystem::path& file)>;

    Watcher(EventLoop& loop, std::filesystem::path directory, Touched touched);
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    /// Watches the directory that has the path now; cheap when that is the one already watched.
    void renew();

private:
    void read_events();

    EventLoop& loop_;
    const std::filesystem::path directory_;
    const Touched touched_;
    UniqueFd inotify_;
};

}  // namespace berth::host::supervisor
