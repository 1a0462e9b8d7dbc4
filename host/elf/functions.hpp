// SPDX-License-Identifier: MIT
/// The functions that a file names, for showing where code is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "elf/sections.hpp"

namespace berth::host::elf {

struct Function {
    std::string name;           ///< as in the file: C++ names are mangled
    std::uint64_t address = 0;  ///< before loading
    std::uint64_t size = 0;
};

/// All of one file.
class Functions {
public:
    /// None of a file that cannot be read.
    [[nodiscard]] static Functions of(const std::filesystem::path& file);
    /// Those of a file's symbol tables, local ones too when it was not stripped; at most 262,144.
    [[nodiscard]] static Functions of(const Layout& layout);

    /// The one whose code lies at an address before loading, its end included: a call may be a function's last instruction.
    [[nodiscard]] std::optional<Function> at(std::uint64_t address) const;

private:
    std::vector<Function> functions_;  ///< by address
};

}  // namespace berth::host::elf
