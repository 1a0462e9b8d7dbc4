// SPDX-License-Identifier: MIT
/// SHA-256 of a secret, for comparing secrets without keeping them and without telling by time how near a guess was.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::host::tls {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest digest_of(std::string_view secret);
/// Takes the same time whatever the digests are.
[[nodiscard]] bool is_same(const Digest& a, const Digest& b);
/// Lower-case hexadecimal, and back; nothing when the text is none of 64 such digits.
[[nodiscard]] std::string to_hex(const Digest& digest);
[[nodiscard]] std::optional<Digest> digest_from_hex(std::string_view text);

}  // namespace berth::host::tls
