// SPDX-License-Identifier: MIT
/// The dynamic section and the tables that it points at, checked against the file's end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "elf/layout.hpp"

namespace berth::host::elf {

/// Views [borrowed: the file's bytes].
class Tables {
public:
    /// Takes the entries of the dynamic section; none when there is no such segment.
    explicit Tables(const Layout& layout);

    /// Whether the section says anything.
    [[nodiscard]] bool is_empty() const;
    /// The value of a tag; of the last entry where there are several.
    [[nodiscard]] std::optional<std::uint64_t> value(std::int64_t tag) const;
    /// Places in the text table of the names of needed libraries, in the order of the file.
    [[nodiscard]] const std::vector<std::uint64_t>& needed() const { return needed_; }

    /// False: the text table lies outside the file.
    [[nodiscard]] bool find_strings();
    /// False: the symbol table, or the hash table that tells its length, lies outside the file.
    [[nodiscard]] bool find_symbols();
    [[nodiscard]] const Bytes& strings() const { return strings_; }
    /// Whole entries of Elf64_Sym; empty before find_symbols.
    [[nodiscard]] const Bytes& symbols() const { return symbols_; }

    /// A defined symbol that the dynamic loader would find under this name.
    [[nodiscard]] std::optional<Elf64_Sym> exported(std::string_view name) const;

private:
    [[nodiscard]] std::optional<std::uint64_t> symbol_count() const;
    [[nodiscard]] std::optional<std::uint64_t> count_by_gnu_hash(std::uint64_t address) const;

    const Layout& layout_;
    std::map<std::int64_t, std::uint64_t> values_;
    std::vector<std::uint64_t> needed_;
    Bytes strings_;
    Bytes symbols_;
};

}  // namespace berth::host::elf
