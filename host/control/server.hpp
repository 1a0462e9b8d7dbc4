// SPDX-License-Identifier: MIT
/// The host's end of the control socket: peers, limits and lines (protocol.md; RELIABILITY §4.1).
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/handler.hpp"

namespace berth::host::control {

/// Listens on a path, checks what comes in and hands whole requests to a `Handler`.
///
/// It has no thread of its own: the owner watches `fd()` (an epoll set that includes the server's timer)
/// and calls `turn()` when it is readable. Everything, replies included, happens on that thread.
class Server {
public:
    struct Options {
        std::filesystem::path path;  ///< its directory is made with mode 0750 when missing
        std::optional<gid_t> group;  ///< members may connect too; the socket and a new directory get it
        std::size_t request_bytes_max = 64u << 10;          ///< of an administrator
        std::size_t viewer_request_bytes_max = 64u << 10;
        std::chrono::milliseconds request_timeout{5000};  ///< for a request that has begun
        std::chrono::milliseconds idle_timeout{60'000};   ///< between requests; viewers have none
        std::size_t output_bytes_max = 16u << 20;         ///< a peer that does not read is closed
        std::size_t connections_max = 64;
    };

    /// Fails with a sentence when another host answers at the path or the directory is open to others. A
    /// socket left behind by a host that died is replaced; a lock file beside it settles who may.
    /// `handler` must outlive the server.
    static Result<std::unique_ptr<Server>> create(Options options, Handler& handler);
    /// Closes everything and removes the socket from its path.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Readable when `turn` has something to do.
    [[nodiscard]] int fd() const;
    /// Does what is ready, without waiting.
    void turn();

    /// A connection without a path, for a child process that may look and not touch (the pages). The
    /// caller hands the descriptor on; it is close-on-exec.
    Result<UniqueFd> open_viewer();

    [[nodiscard]] std::size_t connections() const;

private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace berth::host::control
