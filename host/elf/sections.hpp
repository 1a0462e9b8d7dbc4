// SPDX-License-Identifier: MIT
/// Sections by name, and the variables that a file's symbol table names.
#pragma once

#include <elf.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/layout.hpp"

namespace berth::host::elf {

/// Whether the file has a section of this name.
[[nodiscard]] bool has_section(const Layout& layout, std::string_view name);

/// Calls `take` with each defined entry of the file's symbol tables that is wanted, and its name; entries without one are left
/// out. `take` answers whether it wants more.
void for_each_symbol(const Layout& layout, bool (*is_wanted)(const Elf64_Sym& symbol),
                     const std::function<bool(const Elf64_Sym& symbol, std::string_view name)>& take);

/// A variable of static or thread-local storage.
struct Variable {
    std::string name;           ///< as in the file: C++ names are mangled
    std::uint64_t address = 0;  ///< before loading; of a thread-local one, its place in the segment
    std::uint64_t size = 0;
    bool is_thread_local = false;
};

/// The variables that the file names, local ones too when it was not stripped; at most 65,536. Sorted by address.
[[nodiscard]] std::vector<Variable> variables_of(const Layout& layout);

/// A C++ name as its author wrote it, unless it is very long; others as they are.
[[nodiscard]] std::string readable(const std::string& name);

}  // namespace berth::host::elf
