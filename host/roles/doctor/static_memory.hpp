// SPDX-License-Identifier: MIT
/// The static variables of a library that this process has loaded: what of them changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "elf/sections.hpp"

namespace berth::host::roles {

/// Segments that may be written and are not sealed after loading. Reads them from outside, as a debugger would: what
/// changes meanwhile may be seen half.
class StaticMemory {
public:
    /// Of the library at this path, loaded already. Empty when it can not be found.
    explicit StaticMemory(const std::filesystem::path& library);

    using Snapshot = std::vector<std::vector<std::byte>>;  ///< one a range
    [[nodiscard]] Snapshot take() const;
    /// Names of the variables whose bytes differ, readable; "(unnamed)" for bytes that the file names nothing for.
    [[nodiscard]] std::set<std::string> changed(const Snapshot& before, const Snapshot& after) const;

private:
    struct Range {
        std::uint64_t address;  ///< in the file's terms
        std::uint64_t size;
    };
    [[nodiscard]] std::string variable_at(std::uint64_t address) const;

    std::uint64_t base_ = 0;
    std::vector<Range> ranges_;
    std::vector<elf::Variable> variables_;
};

}  // namespace berth::host::roles
