// SPDX-License-Identifier: MIT
/// Messages that can be sent almost for nothing and recognised when they come back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace berth::bench {

/// The first eight bytes of a payload: connection and number of the message, as printable characters, so that
/// they may stand in a text.
using Stamp = std::uint64_t;
[[nodiscard]] Stamp make_stamp(std::uint16_t connection, std::uint32_t number) noexcept;

inline constexpr std::size_t payload_bytes_min = sizeof(Stamp);
inline constexpr std::size_t payload_bytes_max = 1 << 20;

/// All messages of one size. Everything but the stamp is made once: frames are masked (RFC 6455 §5.3) with
/// one key, and stand end to end, so that any number up to `batch_max` leaves in one write without being
/// copied.
class Pattern {
public:
    struct Form {
        std::size_t payload_bytes = 20;
        bool is_text = false;
        bool is_mirrored = false;  ///< what comes back is what was sent, frame and all
    };
    Pattern(Form form, unsigned batch_max);

    /// The frames of `count` messages from number `first` on. The view holds until the next call.
    [[nodiscard]] std::span<const char> frames(std::uint16_t connection, std::uint32_t first,
                                               unsigned count) noexcept;

    /// What the server must send for one of them. The view holds until the next call.
    [[nodiscard]] std::span<const char> answer(std::uint16_t connection, std::uint32_t number) noexcept;
    [[nodiscard]] std::size_t answer_bytes() const noexcept { return answer_.size(); }

private:
    std::vector<char> batch_;  ///< client's frames, end to end
    std::vector<char> answer_;
    std::size_t frame_bytes_ = 0;
    std::size_t frame_stamp_ = 0;   ///< where the stamp stands in a frame of the batch
    std::size_t answer_stamp_ = 0;  ///< and in the answer
    Stamp key_ = 0;                 ///< the mask, as often as a stamp needs it
    Stamp answer_key_ = 0;          ///< the same when mirrored, else nothing
};

}  // namespace berth::bench
