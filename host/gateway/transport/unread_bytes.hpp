// SPDX-License-Identifier: MIT
/// What was read of a connection and its handler has not taken yet.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace berth::host::transport {

/// Bytes that are taken from the front, in parts of any size: all in all they are copied once more at most, and what is held
/// is less than twice what is left. [one thread]
class UnreadBytes {
public:
    UnreadBytes() = default;
    /// Copies them.
    explicit UnreadBytes(std::span<const char> bytes) : bytes_(bytes.begin(), bytes.end()) {}
    UnreadBytes(UnreadBytes&& other) noexcept
        : bytes_(std::exchange(other.bytes_, {})), taken_(std::exchange(other.taken_, 0)) {}
    UnreadBytes& operator=(UnreadBytes&& other) noexcept {
        bytes_ = std::exchange(other.bytes_, {});
        taken_ = std::exchange(other.taken_, 0);
        return *this;
    }

    [[nodiscard]] bool is_empty() const { return taken_ == bytes_.size(); }
    /// What is left; may be changed in place. [borrowed: until `take`, and beyond a move of this object]
    [[nodiscard]] std::span<char> left() { return std::span(bytes_).subspan(taken_); }
    /// The first `count` bytes of what is left were used.
    void take(std::size_t count) {
        taken_ += count;
        if (taken_ < bytes_.size() - taken_) return;
        // A copy of no more than was taken since the last.
        bytes_ = std::vector<char>(bytes_.begin() + static_cast<std::ptrdiff_t>(taken_), bytes_.end());
        taken_ = 0;
    }
    /// Memory that it owns, in bytes.
    [[nodiscard]] std::size_t held_bytes() const { return bytes_.capacity(); }

private:
    std::vector<char> bytes_;
    std::size_t taken_ = 0;  // At the front of `bytes_`.
};

}  // namespace berth::host::transport
