// SPDX-License-Identifier: MIT
/// Makes the payloads of compressed messages (RFC 7692 §7.2.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace berth::wire {

struct ZlibStream;

/// How a sender compresses; its peer need not know anything but the window.
struct DeflateSettings {
    std::uint8_t window_bits = 15;  ///< 9 to 15: zlib makes none of 8
    std::uint8_t level = 6;         ///< 1, fast, to 9, small
    std::uint8_t memory_level = 8;  ///< 1, little, to 9, fast

    bool operator==(const DeflateSettings&) const = default;
};

/// Deflates messages one after the other. [one thread]
///
/// It owns memory from the first message on, about 6 KiB and 2^(window_bits+2) + 2^(memory_level+9) bytes, and keeps it.
/// Without taking its context over it may serve any number of receivers, each of whom can read any message by itself.
class Deflater {
public:
    /// @param takes_over_context whether a message may refer to the one before it
    Deflater(const DeflateSettings& settings, bool takes_over_context) noexcept;
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    /// Appends what stands for `payload` in a message with the bit RSV1.
    void append(std::string& to, std::string_view payload);

    [[nodiscard]] const DeflateSettings& settings() const noexcept { return settings_; }
    /// Memory that it owns, in bytes.
    [[nodiscard]] std::size_t held_bytes() const noexcept;

private:
    void begin();

    std::unique_ptr<ZlibStream> stream_;
    DeflateSettings settings_;
    bool takes_over_context_;
};

}  // namespace berth::wire
