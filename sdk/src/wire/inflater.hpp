// SPDX-License-Identifier: MIT
/// Takes the payloads of compressed messages apart (RFC 7692 §7.2.2), never making more than there is room for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace berth::wire {

struct ZlibStream;

/// Inflates what one peer sends. [one thread]
///
/// It owns memory from the first byte of a message on: about 7 KiB and the window, 2 to the power of its bits. Where the
/// context is taken over that stays; otherwise it is given back with the end of each message.
class Inflater {
public:
    /// @param window_bits 8 to 15, as agreed for the peer's direction. A peer that refers further back than that is
    /// refused once what it refers to is no longer there, which depends on how its message came.
    /// @param takes_over_context whether a message may refer to the one before it
    Inflater(std::uint8_t window_bits, bool takes_over_context) noexcept;
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// The next piece of the message, cut anywhere. [borrowed: until `take` has answered less than there was room for]
    void give(std::string_view piece);

    /// What `take` has made.
    struct Taken {
        std::size_t bytes = 0;   ///< fewer than there is room for once all of a piece is used
        bool is_broken = false;  ///< what follows is not DEFLATE (RFC 1951); the message cannot go on
    };
    /// Fills `room` (not empty) as far as the pieces given so far go.
    [[nodiscard]] Taken take(std::span<char> room);

    /// The message is whole: gives the four bytes that its sender has left out (RFC 7692 §7.2.1). What they make is to be
    /// taken, then `end` is to be called.
    void give_end();
    /// Answers whether the message ended where one may; makes ready for the next.
    [[nodiscard]] bool end() noexcept;
    /// Gives all memory back; no message can follow.
    void release() noexcept;

    /// Memory that it owns, in bytes.
    [[nodiscard]] std::size_t held_bytes() const noexcept;
    /// The most that a context of that window takes between messages, in bytes.
    [[nodiscard]] static std::size_t context_bytes(std::uint8_t window_bits) noexcept;

private:
    std::unique_ptr<ZlibStream> stream_;
    std::uint8_t window_bits_;
    bool takes_over_context_;
};

}  // namespace berth::wire
