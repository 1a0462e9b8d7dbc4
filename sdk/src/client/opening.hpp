// SPDX-License-Identifier: MIT
/// The client's side of the opening handshake, without sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/failure.hpp"
#include "client/random.hpp"
#include "client/settings.hpp"
#include "wire/handshake.hpp"
#include "wire/http_response.hpp"

namespace berth::client::inner {

/// One handshake: the request, then the server's answer in whatever pieces it comes.
class Opening {
public:
    /// The settings must outlive it.
    Opening(const Settings& settings, const wire::Url& url, Random& random);

    /// The bytes to send.
    [[nodiscard]] const std::string& request() const noexcept { return request_; }

    /// Takes bytes and answers how many belong to the answer: the rest are frames already. The body of a
    /// refusal is read as far as it is short, for its sentence.
    std::size_t feed(std::string_view bytes);

    /// The server has ended its direction.
    void end();

    [[nodiscard]] bool is_settled() const noexcept { return is_agreed_ || (failure_ && !awaits_body_); }
    [[nodiscard]] bool is_agreed() const noexcept { return is_agreed_; }
    /// Why there will be no connection. There is one before it is settled, too, where only the body is
    /// missing.
    [[nodiscard]] const std::optional<Failure>& failure() const noexcept { return failure_; }
    /// Which sub-protocol the server chose; empty: none.
    [[nodiscard]] const std::string& subprotocol() const noexcept { return subprotocol_; }

private:
    void judge();
    void skip();  ///< an interim answer: another follows (RFC 9110 §15.2)
    void refuse(const wire::Response& response);
    void end_body();

    const Settings& settings_;
    std::string key_;
    std::string request_;
    wire::ResponseReader reader_;
    std::string subprotocol_;
    std::optional<Failure> failure_;
    std::string body_;
    std::size_t body_bytes_ = 0;
    int interim_answers_ = 0;
    bool awaits_body_ = false;
    bool is_agreed_ = false;
};

}  // namespace berth::client::inner
