// SPDX-License-Identifier: MIT
#include "elf/sections.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <tuple>

#include "elf/dynamic.hpp"

namespace berth::host::elf {
namespace {

constexpr std::size_t variables_max = 65'536;
constexpr std::size_t name_bytes_max = 1024;

/// Headers were checked with the layout; counts beyond the header's field are in the first section.
std::uint64_t section_count(const Layout& layout) {
    if (layout.header.e_shoff == 0 || layout.header.e_shentsize != sizeof(Elf64_Shdr)) return 0;
    if (layout.header.e_shnum != 0) return layout.header.e_shnum;
    const auto first = layout.file.at<Elf64_Shdr>(layout.header.e_shoff);
    return first ? first->sh_size : 0;
}

std::optional<Elf64_Shdr> section_at(const Layout& layout, std::uint64_t index) {
    if (index >= section_count(layout)) return {};
    return layout.file.at<Elf64_Shdr>(layout.header.e_shoff + index * sizeof(Elf64_Shdr));
}

std::optional<Bytes> bytes_of(const Layout& layout, const Elf64_Shdr& section) {
    if (section.sh_type == SHT_NOBITS) return {};
    return layout.file.part(section.sh_offset, section.sh_size);
}

bool is_thread_local(const Elf64_Sym& symbol) { return ELF64_ST_TYPE(symbol.st_info) == STT_TLS; }

bool is_variable(const Elf64_Sym& symbol) {
    return ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT || is_thread_local(symbol);
}

using Choice = bool (*)(const Elf64_Sym&);

/// Those of a kind, by address, each once. The rest is not looked at closely: a program with debug data has a great many.
std::vector<Variable> chosen_variables(const Layout& layout, Choice is_wanted) {
    std::vector<Variable> variables;
    for_each_symbol(layout, is_wanted, [&](const Elf64_Sym& symbol, std::string_view name) {
        variables.push_back({.name = std::string(name),
                             .address = symbol.st_value,
                             .size = symbol.st_size,
                             .is_thread_local = is_thread_local(symbol)});
        return variables.size() < variables_max;
    });
    const auto order = [](const Variable& v) { return std::tie(v.address, v.name, v.size, v.is_thread_local); };
    std::sort(variables.begin(), variables.end(), [&](const Variable& a, const Variable& b) { return order(a) < order(b); });
    const auto end = std::unique(variables.begin(), variables.end(),
                                 [&](const Variable& a, const Variable& b) { return order(a) == order(b); });
    variables.erase(end, variables.end());
    return variables;
}

}  // namespace

bool has_section(const Layout& layout, std::string_view name) {
    const auto names = section_at(layout, layout.header.e_shstrndx);
    const auto texts = names ? bytes_of(layout, *names) : std::optional<Bytes>();
    if (!texts) return false;
    for (std::uint64_t i = 0; i < section_count(layout); ++i) {
        const auto section = section_at(layout, i);
        if (section && texts->text(section->sh_name) == name) return true;
    }
    return false;
}

void for_each_symbol(const Layout& layout, bool (*is_wanted)(const Elf64_Sym& symbol),
                     const std::function<bool(const Elf64_Sym& symbol, std::string_view name)>& take) {
    for (std::uint64_t i = 0; i < section_count(layout); ++i) {
        const auto section = section_at(layout, i);
        if (!section || (section->sh_type != SHT_SYMTAB && section->sh_type != SHT_DYNSYM)) continue;
        const auto text_section = section_at(layout, section->sh_link);
        const auto symbols = bytes_of(layout, *section);
        const auto strings = text_section ? bytes_of(layout, *text_section) : std::optional<Bytes>();
        if (!symbols || !strings) continue;
        for (std::uint64_t at = 0; symbols->holds(at, sizeof(Elf64_Sym)); at += sizeof(Elf64_Sym)) {
            const Elf64_Sym symbol = *symbols->at<Elf64_Sym>(at);
            if (symbol.st_shndx == SHN_UNDEF || !is_wanted(symbol)) continue;
            const auto name = strings->text(symbol.st_name);
            if (name && !name->empty() && name->size() <= name_bytes_max && !take(symbol, *name)) return;
        }
    }
}

std::vector<Variable> variables_of(const Layout& layout) { return chosen_variables(layout, is_variable); }

std::string readable(const std::string& name) {
    constexpr std::size_t mangled_bytes_max = 256;  // Longer ones could nest deeply.
    if (name.size() > mangled_bytes_max) return name;
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                           &std::free);
    return status == 0 && text ? text.get() : name;
}

void read_sections(const Layout& layout, Library& library) {
    for (const char* name : {".debug_info", ".zdebug_info", ".gnu_debuglink"})
        library.has_debug_data = library.has_debug_data || has_section(layout, name);
    if (!library.has_tls) return;
    auto& names = library.thread_local_symbols;
    for (const Variable& variable : chosen_variables(layout, is_thread_local))
        if (!variable.name.starts_with("_ZGV")) names.push_back(variable.name);  // Guards of the others.
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace berth::host::elf
