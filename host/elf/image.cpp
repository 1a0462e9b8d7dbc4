// SPDX-License-Identifier: MIT
#include "elf/image.hpp"

#include <algorithm>

#include "elf/library.hpp"

namespace berth::host::elf {
namespace {

#ifndef DT_RELR
constexpr std::int64_t DT_RELR = 36;
constexpr std::int64_t DT_RELRSZ = 35;
#endif

constexpr std::size_t relocations_max = 4'000'000;

/// The kinds of relocation that store a pointer, by the machine's numbers.
struct Kinds {
    std::uint32_t relative, absolute, global_data;
};

constexpr Kinds kinds() {
#if defined(__x86_64__)
    return {R_X86_64_RELATIVE, R_X86_64_64, R_X86_64_GLOB_DAT};
#elif defined(__aarch64__)
    return {R_AARCH64_RELATIVE, R_AARCH64_ABS64, R_AARCH64_GLOB_DAT};
#else
    return {R_RISCV_RELATIVE, R_RISCV_64, R_RISCV_64};
#endif
}

}  // namespace

Image::Image(const Layout& layout, const Tables& tables) : layout_(layout), tables_(tables) {
    read_relocations(tables.value(DT_RELA).value_or(0), tables.value(DT_RELASZ).value_or(0));
    read_packed(tables.value(DT_RELR).value_or(0), tables.value(DT_RELRSZ).value_or(0));
    std::sort(pointers_.begin(), pointers_.end());
}

void Image::read_relocations(std::uint64_t address, std::uint64_t bytes) {
    const auto table = address != 0 ? layout_.at_address(address) : std::optional<Bytes>();
    if (!table) return;
    for (std::uint64_t at = 0; at < bytes && pointers_.size() < relocations_max; at += sizeof(Elf64_Rela)) {
        const auto entry = table->at<Elf64_Rela>(at);
        if (!entry) return;
        const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(entry->r_info));
        const auto addend = static_cast<std::uint64_t>(entry->r_addend);
        if (type == kinds().relative) {
            pointers_.emplace_back(entry->r_offset, addend);
        } else if (type == kinds().absolute || type == kinds().global_data) {
            const auto symbol = tables_.symbols().at<Elf64_Sym>(ELF64_R_SYM(entry->r_info) * sizeof(Elf64_Sym));
            const bool is_own = symbol && symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS;
            pointers_.emplace_back(entry->r_offset,
                                   is_own ? std::optional(symbol->st_value + addend) : std::nullopt);
        }
    }
}

/// Words of which an even one is an address, and an odd one a map of the 63 words that follow.
void Image::read_packed(std::uint64_t address, std::uint64_t bytes) {
    const auto table = address != 0 ? layout_.at_address(address) : std::optional<Bytes>();
    if (!table) return;
    std::uint64_t place = 0;
    const auto add = [&](std::uint64_t where) {
        const auto stored = layout_.at_address(where);
        const auto value = stored ? stored->at<std::uint64_t>(0) : std::optional<std::uint64_t>();
        pointers_.emplace_back(where, value);
    };
    for (std::uint64_t at = 0; at < bytes && pointers_.size() < relocations_max; at += sizeof(std::uint64_t)) {
        const auto word = table->at<std::uint64_t>(at);
        if (!word) return;
        if ((*word & 1) == 0) {
            add(*word);
            place = *word + sizeof(std::uint64_t);
            continue;
        }
        for (std::uint64_t bit = 1; bit < 64; ++bit)
            if ((*word >> bit & 1) != 0) add(place + (bit - 1) * sizeof(std::uint64_t));
        place += 63 * sizeof(std::uint64_t);
    }
}

bool Image::is_constant(std::uint64_t address, std::uint64_t size) const {
    const auto lies_in = [&](const Elf64_Phdr& segment, std::uint64_t bytes) {
        return address >= segment.p_vaddr && address - segment.p_vaddr <= bytes &&
               size <= bytes - (address - segment.p_vaddr);
    };
    bool is_readable = false, is_sealed = false;
    for (const Elf64_Phdr& segment : layout_.segments) {
        if (segment.p_type == PT_LOAD && lies_in(segment, segment.p_filesz)) {
            is_readable = true;
            is_sealed = is_sealed || (segment.p_flags & PF_W) == 0;
        }
        if (segment.p_type == PT_GNU_RELRO && lies_in(segment, segment.p_memsz)) is_sealed = true;
    }
    return is_readable && is_sealed;
}

std::optional<std::uint64_t> Image::pointer_at(std::uint64_t address) const {
    const auto found = std::lower_bound(pointers_.begin(), pointers_.end(), address,
                                        [](const auto& entry, std::uint64_t place) { return entry.first < place; });
    if (found != pointers_.end() && found->first == address) return found->second;
    const auto bytes = layout_.at_address(address);
    const auto stored = bytes ? bytes->at<std::uint64_t>(0) : std::optional<std::uint64_t>();
    // A word that nothing relocates is a null pointer or no pointer at all.
    return stored && *stored == 0 ? stored : std::nullopt;
}

}  // namespace berth::host::elf
