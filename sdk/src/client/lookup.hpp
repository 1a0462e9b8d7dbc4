// SPDX-License-Identifier: MIT
/// From a host's name to its addresses, within a time limit.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "client/failure.hpp"
#include "client/waiter.hpp"

namespace berth::client::inner {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] std::string shown() const;  ///< "192.0.2.1 port 80"
};

/// The addresses of `host`, in the system's order of preference. An address is read at once; a name is looked
/// up by a thread of its own, because getaddrinfo(3) knows no time limit: one that comes too late finds
/// nobody waiting, drops its result and ends.
[[nodiscard]] Outcome<std::vector<Address>> look_up(const std::string& host, std::uint16_t port,
                                                    Waiter& waiter, TimePoint deadline);

}  // namespace berth::client::inner
