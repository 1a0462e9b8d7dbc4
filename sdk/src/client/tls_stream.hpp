// SPDX-License-Identifier: MIT
/// TLS over a socket that never blocks and never raises SIGPIPE.
#pragma once

#include <openssl/types.h>

#include <array>
#include <memory>
#include <string>

#include "client/failure.hpp"
#include "client/settings.hpp"
#include "client/stream.hpp"
#include "client/tls_context.hpp"

namespace berth::client::inner {

/// The TLS library works on memory; the bytes it makes and needs are moved here.
class TlsStream final : public Stream {
public:
    /// `host` is asked for (SNI, unless it is an address) and, where the settings say so, checked.
    static Outcome<std::unique_ptr<TlsStream>> create(Descriptor socket, SSL_CTX& context,
                                                      const TlsSettings& settings, const std::string& host);
    /// Says goodbye (close_notify) when all is well, as far as it goes without waiting.
    ~TlsStream() override;

    /// A step of the handshake: `done` when TLS stands. After `ended` or `failed`, `handshake_failure` says
    /// why.
    Moved handshake();
    [[nodiscard]] Failure handshake_failure(Io io) const;

    Moved read(std::span<char> to) override;
    Moved write(std::string_view bytes) override;
    [[nodiscard]] bool has_unsent() const noexcept override { return !unsent_.empty(); }
    [[nodiscard]] bool has_pending() const noexcept override;
    [[nodiscard]] berth_client_status failure_status() const noexcept override {
        return is_broken_ ? BERTH_CLIENT_TLS : BERTH_CLIENT_LOST;
    }

private:
    struct FreeSession {
        void operator()(SSL* session) const noexcept;
    };

    TlsStream(Descriptor socket, std::unique_ptr<SSL, FreeSession> session)
        : Stream(std::move(socket)), session_(std::move(session)) {}

    Moved pull();  ///< socket to TLS
    Moved push();  ///< TLS to socket; `blocked` while something is left
    Moved after_failure(int result);

    std::unique_ptr<SSL, FreeSession> session_;
    std::string unsent_;
    std::array<char, 17 * 1024> received_{};  ///< one record fits
    bool is_established_ = false;
    bool is_broken_ = false;
};

}  // namespace berth::client::inner
