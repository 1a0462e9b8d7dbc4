// SPDX-License-Identifier: MIT
/// HTTP/1.1 for people and scrapers: small, bounded, strict.
#pragma once

#include <chrono>
#include <memory>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "pages/site.hpp"

namespace berth::host::pages {

/// One thread serves every connection. A slow peer costs its own connection: each step has a time limit, and
/// when all places are taken the one that has waited longest without asking makes room.
class Server {
public:
    struct Limits {
        std::size_t connections_max = 64;
        std::uint32_t head_bytes_max = 8u << 10;
        std::chrono::milliseconds head_timeout{10'000};   ///< from the first wait to the whole head
        std::chrono::milliseconds write_timeout{10'000};  ///< for one answer
        unsigned requests_max = 100;                      ///< on one connection
    };

    /// `listener` is bound and listening. `site` must outlive the server.
    static Result<std::unique_ptr<Server>> create(UniqueFd listener, const Site& site, Limits limits);
    static Result<std::unique_ptr<Server>> create(UniqueFd listener, const Site& site) {
        return create(std::move(listener), site, Limits{});
    }
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Calls `ready` on the server's thread whenever `fd` is readable, until it answers false. Before `run`.
    void watch(int fd, std::function<bool()> ready);
    /// Serves until `stop`.
    void run();
    void stop();  ///< [any thread]

private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace berth::host::pages
