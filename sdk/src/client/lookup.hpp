// SPDX-License-Identifier: MIT
/// From a host's name to its addresses, within a time limit.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
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

/// Looks up one host, as often as it is asked to, and never twice at once. [one thread]
class Lookup {
public:
    Lookup(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

    /// The addresses, in the system's order of preference. An address is read at once; a name is looked up by
    /// a thread of its own, because getaddrinfo(3) knows no time limit. One that was given up and is still
    /// under way is waited for instead of asking again; one that answers when nobody waits drops its result
    /// and ends.
    [[nodiscard]] Outcome<std::vector<Address>> run(Waiter& waiter, TimePoint deadline);

private:
    struct Question;

    void ask();

    std::string host_;
    std::uint16_t port_;
    std::shared_ptr<Question> under_way_;
};

}  // namespace berth::client::inner
