// SPDX-License-Identifier: MIT
/// Bytes to and from the server, plain or over TLS; nothing here waits.
#pragma once

#include <berth/client.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "client/descriptor.hpp"

namespace berth::client::inner {

/// What came of a step.
enum class Io : std::uint8_t {
    done,     ///< bytes were moved
    blocked,  ///< not now: wait for the descriptor
    ended,    ///< the server has ended its direction
    failed    ///< the connection is broken; `problem` says how
};

struct Moved {
    Io io = Io::blocked;
    std::size_t bytes = 0;
};

/// [one thread]
class Stream {
public:
    /// Ends the connection, also where a child of the program still has a copy of the descriptor.
    virtual ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// Reads what is there, at most the span.
    virtual Moved read(std::span<char> to) = 0;
    /// Takes some of the bytes; they may wait inside (`has_unsent`).
    virtual Moved write(std::string_view bytes) = 0;
    /// Bytes were taken that the system did not take yet: call `write`, with none if need be, when it is
    /// writable.
    [[nodiscard]] virtual bool has_unsent() const noexcept { return false; }

    /// Bytes to read are inside already, so that the descriptor need not become readable.
    [[nodiscard]] virtual bool has_pending() const noexcept { return false; }

    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    /// Why something failed, in the system's or the TLS library's words.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    /// What a failure is: the connection was lost, or TLS did not work.
    [[nodiscard]] virtual berth_client_status failure_status() const noexcept { return BERTH_CLIENT_LOST; }

protected:
    [[nodiscard]] Descriptor take_socket() noexcept { return std::move(socket_); }
    explicit Stream(Descriptor socket) noexcept : socket_(std::move(socket)) {}

    /// recv(2) and send(2), without signals.
    Moved receive(std::span<char> to);
    Moved send(std::string_view bytes);
    Moved fail(std::string problem);

private:
    Descriptor socket_;
    std::string problem_;
};

/// Without TLS.
class PlainStream final : public Stream {
public:
    explicit PlainStream(Descriptor socket) noexcept : Stream(std::move(socket)) {}

    /// The connection goes on without this stream.
    [[nodiscard]] Descriptor release() noexcept { return take_socket(); }

    Moved read(std::span<char> to) override { return receive(to); }
    Moved write(std::string_view bytes) override { return bytes.empty() ? Moved{Io::done} : send(bytes); }
};

}  // namespace berth::client::inner
