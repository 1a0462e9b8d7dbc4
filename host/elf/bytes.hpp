// SPDX-License-Identifier: MIT
/// Bytes of a file that nobody has checked yet: every access looks at the end first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace berth::host::elf {

/// A view [borrowed: the file's bytes].
class Bytes {
public:
    Bytes() = default;
    explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {}

    [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }

    /// Whether `size` bytes from `offset` lie inside.
    [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t size) const {
        return offset <= bytes_.size() && size <= bytes_.size() - offset;
    }

    /// A plain struct at an offset, whatever its alignment.
    template <class T>
    [[nodiscard]] std::optional<T> at(std::uint64_t offset) const {
        if (!holds(offset, sizeof(T))) return {};
        T value;
        std::memcpy(&value, bytes_.data() + offset, sizeof value);
        return value;
    }

    [[nodiscard]] std::optional<Bytes> part(std::uint64_t offset, std::uint64_t size) const {
        if (!holds(offset, size)) return {};
        return Bytes(bytes_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size)));
    }

    /// The text up to a zero byte, which must be inside.
    [[nodiscard]] std::optional<std::string_view> text(std::uint64_t offset) const {
        if (offset >= bytes_.size()) return {};
        const auto* start = reinterpret_cast<const char*>(bytes_.data()) + offset;
        const void* end = std::memchr(start, 0, bytes_.size() - static_cast<std::size_t>(offset));
        if (end == nullptr) return {};
        return std::string_view(start, static_cast<std::size_t>(static_cast<const char*>(end) - start));
    }

    [[nodiscard]] std::span<const std::byte> span() const { return bytes_; }

private:
    std::span<const std::byte> bytes_;
};

}  // namespace berth::host::elf
