// SPDX-License-Identifier: MIT
/// The way through an HTTP proxy (RFC 9110 §9.3.6), without sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/failure.hpp"
#include "client/settings.hpp"
#include "wire/http_response.hpp"

namespace berth::client::inner {

/// One CONNECT: the request, then the proxy's answer in whatever pieces it comes. [one thread]
class Tunnel {
public:
    /// `proxy` [borrowed: for as long as this] has a host.
    Tunnel(const ProxySettings& proxy, const wire::Url& url);

    /// The bytes to send.
    [[nodiscard]] const std::string& request() const noexcept { return request_; }
    /// Takes bytes and answers how many belong to the answer. There are none after it: the server speaks second.
    std::size_t feed(std::string_view bytes);
    /// The proxy has ended its direction.
    void end();

    [[nodiscard]] bool is_settled() const noexcept { return is_agreed_ || failure_; }
    [[nodiscard]] bool is_agreed() const noexcept { return is_agreed_; }
    /// Why there is no way through.
    [[nodiscard]] const std::optional<Failure>& failure() const noexcept { return failure_; }

private:
    void judge();
    void fail(berth_client_status status, std::string_view why, std::uint16_t http_status = 0);

    const ProxySettings& proxy_;
    std::string request_;
    wire::ResponseReader reader_;
    std::optional<Failure> failure_;
    bool is_agreed_ = false;
};

}  // namespace berth::client::inner
