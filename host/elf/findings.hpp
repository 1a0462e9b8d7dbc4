// SPDX-License-Identifier: MIT
/// The rules for libraries: what is refused, what is warned about (DECISIONS §3, RELIABILITY P7, P8).
///
/// `berth doctor` prints the findings; the loader refuses on the first error with the same words.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elf/library.hpp"

namespace berth::host::elf {

class Linker;

struct Rules {
    bool shares_process = false;  ///< isolation "none": other projects live in the same process
    Machine machine = this_machine();
    AbiNote provided;  ///< what this host provides; the default is that of berth.h
    const Linker* linker = nullptr;  ///< looks for what the library needs from others; null: nobody does [borrowed: call]

    Rules();
};

/// All findings about a library that could be read: errors first, notes last.
[[nodiscard]] std::vector<Finding> findings(const Library& library, const Rules& rules);

struct Report {
    std::optional<Library> library;  ///< absent when the file could not be read
    std::vector<Finding> findings;   ///< errors first, notes last

    /// The first error, or null when the library may be loaded.
    [[nodiscard]] const Finding* refusal() const;
};

/// A name from a file, fit to be shown: printable, of bounded length.
[[nodiscard]] std::string shown(std::string_view name);

/// Reads and judges. [any thread]
[[nodiscard]] Report inspect(const std::filesystem::path& path, const Rules& rules = {});
[[nodiscard]] Report inspect(std::span<const std::byte> file, const Rules& rules = {});

}  // namespace berth::host::elf
