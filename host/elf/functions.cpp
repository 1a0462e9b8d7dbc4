// SPDX-License-Identifier: MIT
#include "elf/functions.hpp"

#include <algorithm>

#include "elf/layout.hpp"
#include "elf/library.hpp"

namespace berth::host::elf {
namespace {

constexpr std::size_t functions_max = 262'144;

}  // namespace

Functions Functions::of(const std::filesystem::path& file) {
    const auto bytes = read_file(file);
    if (!bytes) return {};
    const auto layout = read_layout(*bytes);
    return layout ? of(*layout) : Functions{};
}

Functions Functions::of(const Layout& layout) {
    Functions found;
    const auto is_code = [](const Elf64_Sym& symbol) { return ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_size != 0; };
    for_each_symbol(layout, is_code, [&](const Elf64_Sym& symbol, std::string_view name) {
        found.functions_.push_back({std::string(name), symbol.st_value, symbol.st_size});
        return found.functions_.size() < functions_max;
    });
    std::stable_sort(found.functions_.begin(), found.functions_.end(), [](const Function& a, const Function& b) { return a.address < b.address; });
    return found;
}

std::optional<Function> Functions::at(std::uint64_t address) const {
    auto after = std::upper_bound(functions_.begin(), functions_.end(), address,
                                  [](std::uint64_t wanted, const Function& function) { return wanted < function.address; });
    if (after == functions_.begin()) return std::nullopt;
    const Function& candidate = *std::prev(after);
    if (address - candidate.address > candidate.size) return std::nullopt;
    return candidate;
}

}  // namespace berth::host::elf
