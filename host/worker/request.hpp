// SPDX-License-Identifier: MIT
/// The request that a client came with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/packed_texts.hpp"
#include "link/events.hpp"

namespace berth::host::worker {

/// Immutable, so everything is [any thread]; what is handed out is [borrowed: this], and has a NUL behind it.
class Request {
public:
    explicit Request(const link::Opening& opening);

    [[nodiscard]] std::string_view address() const { return texts_[0]; }
    [[nodiscard]] std::string_view path() const { return texts_[1]; }
    [[nodiscard]] std::string_view query() const { return texts_[2]; }
    [[nodiscard]] std::string_view origin() const { return texts_[3]; }
    [[nodiscard]] std::string_view tls_version() const { return texts_[4]; }
    [[nodiscard]] std::string_view tls_cipher() const { return texts_[5]; }
    [[nodiscard]] std::string_view tls_subject() const { return texts_[6]; }
    [[nodiscard]] std::string_view user() const { return texts_[7]; }

    /// The sub-protocols that the client offered, in its order.
    [[nodiscard]] std::size_t offered_count() const { return offered_; }
    [[nodiscard]] std::string_view offered(std::size_t index) const { return texts_[facts + index]; }

    /// Name and value of each line of the header, in order, repeats kept.
    [[nodiscard]] std::size_t header_count() const { return headers_; }
    [[nodiscard]] std::pair<std::string_view, std::string_view> header(std::size_t index) const {
        const std::size_t name = facts + offered_ + 2 * index;
        return {texts_[name], texts_[name + 1]};
    }

private:
    static constexpr std::size_t facts = 8;  ///< texts that every request has

    PackedTexts texts_;  ///< the facts, the sub-protocols, names and values in turn
    std::uint32_t offered_;
    std::uint32_t headers_;
};

}  // namespace berth::host::worker
