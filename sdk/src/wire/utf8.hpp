// SPDX-License-Identifier: MIT
/// UTF-8 as RFC 3629 defines it: no surrogates, nothing above U+10FFFF, no overlong forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace berth::wire {

/// Whether `text` is whole and valid UTF-8. ASCII runs are checked many bytes at a time.
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

/// The longest prefix of valid UTF-8 `text` that has at most `bytes_max` bytes and cuts no character.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) noexcept;

/// Checks text that comes in pieces, cut anywhere, and fails at the first byte that cannot continue
/// any valid text (RFC 6455 §8.1 allows to fail before the message is whole).
class Utf8Validator {
public:
    /// Takes the next piece; false when it holds an impossible byte. After a false every further call
    /// answers false, until `reset`.
    [[nodiscard]] bool feed(std::string_view piece) noexcept;

    /// True when the text so far is valid and does not end inside a character.
    [[nodiscard]] bool is_complete() const noexcept { return pending_ == 0; }

    /// Begins a new text.
    void reset() noexcept { *this = Utf8Validator{}; }

private:
    bool step(std::uint8_t byte) noexcept;

    static constexpr std::uint8_t failed = 0xFF;

    std::uint8_t pending_ = 0;    ///< continuation bytes still due, or `failed`
    std::uint8_t lowest_ = 0x80;  ///< bounds of the next continuation byte
    std::uint8_t highest_ = 0xBF;
};

}  // namespace berth::wire
