// SPDX-License-Identifier: MIT
/// The rules for libraries: what is refused, what is warned about (DECISIONS §3, RELIABILITY P7, P8).
///
/// `berth doctor` prints the findings; the loader refuses on the first refusal with the same words.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "elf/library.hpp"

namespace berth::host::elf {

struct Rules {
    bool shares_process = false;  ///< isolation "none": other projects live in the same process
    Machine machine = this_machine();
    AbiNote provided;  ///< what this host provides; the default is that of berth.h

    Rules();
};

/// All findings about a library that could be read, refusals first.
[[nodiscard]] std::vector<Finding> findings(const Library& library, const Rules& rules);

struct Report {
    std::optional<Library> library;  ///< absent when the file could not be read
    std::vector<Finding> findings;   ///< refusals first

    /// The first refusal, or null when the library may be loaded.
    [[nodiscard]] const Finding* refusal() const;
};

/// Reads and judges. [any thread]
[[nodiscard]] Report inspect(const std::filesystem::path& path, const Rules& rules = {});
[[nodiscard]] Report inspect(std::span<const std::byte> file, const Rules& rules = {});

}  // namespace berth::host::elf
