// SPDX-License-Identifier: MIT
/// The socket file: made safely, replaced when stale, answered for by the kernel's word on who connects.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/handler.hpp"

namespace berth::host::control {

/// A listening UNIX socket at a path, mode 0660, in a directory of mode 0750; removed when destroyed.
class Listener {
public:
    /// Errors: another host answers there; the directory belongs to somebody else or may be written by all;
    /// the path is too long for a socket.
    static Result<Listener> open(const std::filesystem::path& path, std::optional<gid_t> group);
    Listener(Listener&&) noexcept = default;
    Listener& operator=(Listener&&) noexcept = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    Listener(UniqueFd fd, UniqueFd lock, std::filesystem::path path);

    UniqueFd fd_;
    UniqueFd lock_;
    std::filesystem::path path_;
};

/// Who is at the other end.
[[nodiscard]] Result<Peer> peer_of(int fd);
/// Root, the host's own user, or a member of the group (primary or not).
[[nodiscard]] bool is_allowed(int fd, const Peer& peer, std::optional<gid_t> group);

}  // namespace berth::host::control
