// SPDX-License-Identifier: MIT
/// What a library's constants would be in memory: its file's bytes with pointers put in, without loading it.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "elf/layout.hpp"
#include "elf/tables.hpp"

namespace berth::host::elf {

/// Addresses are those before loading. Only what no code of the library may change is told: the segments without
/// write access, and what the loader seals after relocation.
class Image {
public:
    /// `tables` has its strings and symbols; both must outlive the image.
    Image(const Layout& layout, const Tables& tables);

    /// The bytes from an address to the end of its segment's part in the file, not relocated.
    [[nodiscard]] std::optional<Bytes> at(std::uint64_t address) const { return layout_.at_address(address); }
    /// Whether nobody writes `size` bytes at an address once the library is loaded.
    [[nodiscard]] bool is_constant(std::uint64_t address, std::uint64_t size) const;
    /// The pointer stored at an address; 0 is null. Nothing when it depends on other libraries.
    [[nodiscard]] std::optional<std::uint64_t> pointer_at(std::uint64_t address) const;

private:
    void read_relocations(std::uint64_t address, std::uint64_t bytes);
    void read_packed(std::uint64_t address, std::uint64_t bytes);

    const Layout& layout_;
    const Tables& tables_;
    /// Place and value, nothing where it is another library's; sorted by place.
    std::vector<std::pair<std::uint64_t, std::optional<std::uint64_t>>> pointers_;
};

}  // namespace berth::host::elf
