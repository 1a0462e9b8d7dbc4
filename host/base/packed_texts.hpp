// SPDX-License-Identifier: MIT
/// Texts that are kept for long and by many, as small as they can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace berth::host {

/// Texts in one piece of memory, found by their number, each with a NUL behind it. Costs a pointer where there are none, else
/// that and 5 bytes a text besides the texts: a std::string costs 32, a view 16.
///
/// Immutable but for assignment: reading is [any thread]. What is handed out is [borrowed: until it is assigned to].
class PackedTexts {
public:
    PackedTexts() = default;
    /// Copies them. Together they are shorter than 4 GiB.
    explicit PackedTexts(std::span<const std::string_view> texts);

    [[nodiscard]] std::size_t size() const { return memory_ == nullptr ? 0 : memory_[0]; }
    /// Empty beyond the last.
    [[nodiscard]] std::string_view operator[](std::size_t number) const;

private:
    /// How many there are, where each begins, where the last ends; then the texts.
    std::unique_ptr<std::uint32_t[]> memory_;
};

}  // namespace berth::host
