// SPDX-License-Identifier: MIT
/// The frame of an ELF file: header and segments, checked against the file's end.
#pragma once

#include <elf.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "elf/bytes.hpp"
#include "elf/finding.hpp"

namespace berth::host::elf {

struct Layout {
    Bytes file;
    Elf64_Ehdr header{};
    std::vector<Elf64_Phdr> segments;

    /// The file's bytes from an address of the loaded library to the end of its segment.
    [[nodiscard]] std::optional<Bytes> at_address(std::uint64_t address) const;
    /// The first segment of a type, or null.
    [[nodiscard]] const Elf64_Phdr* segment(std::uint32_t type) const;
};

/// Checks that all of header, segments and sections is there: the kernel and the dynamic loader do
/// not, and a library that is cut off kills the process that loads it (RELIABILITY P8).
[[nodiscard]] tl::expected<Layout, Finding> read_layout(std::span<const std::byte> file);

/// A refusal: the file contradicts itself. `what` says where.
[[nodiscard]] Finding damaged(const std::string& what);

}  // namespace berth::host::elf
