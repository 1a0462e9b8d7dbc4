// SPDX-License-Identifier: MIT
/// What can go wrong with a connection, and how one ends.
#pragma once

#include <berth/client.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/clock.hpp"
#include "wire/close_code.hpp"
#include "wire/outcome.hpp"

namespace berth::client::inner {

/// Why something could not be done.
struct Failure {
    berth_client_status status = BERTH_CLIENT_INVALID;
    std::string text{};  ///< a sentence, lower case, no full stop
    std::uint16_t http_status = 0;
    std::optional<Milliseconds> retry_after{};

    /// The same with what it is about in front: "ws://host/: …".
    [[nodiscard]] Failure about(std::string_view what) && {
        text.insert(0, ": ").insert(0, what);
        return std::move(*this);
    }
};

template <class T>
using Outcome = wire::Outcome<T, Failure>;

/// A failure with the system's words for an errno.
[[nodiscard]] Failure system_failure(berth_client_status status, std::string_view what, int error);

/// How one connection, or one attempt at it, ended.
struct End {
    std::uint16_t code = wire::close_code::abnormal;
    bool is_clean = false;  ///< both sides have sent a close frame
    std::string reason{};   ///< the server's
    std::optional<Failure> failure{};

    /// 1006, with why.
    [[nodiscard]] static End broken(Failure failure) { return {.failure = std::move(failure)}; }
};

/// In the form of the C interface; texts that are too long are cut at a character. NULL is ignored.
void write_error(berth_client_error* to, const Failure& failure) noexcept;
void write_end(berth_client_end* to, const End& end) noexcept;

}  // namespace berth::client::inner
