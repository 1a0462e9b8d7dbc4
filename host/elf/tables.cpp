// SPDX-License-Identifier: MIT
#include "elf/tables.hpp"

#include <algorithm>

namespace berth::host::elf {

Tables::Tables(const Layout& layout) : layout_(layout) {
    const Elf64_Phdr* segment = layout.segment(PT_DYNAMIC);
    if (segment == nullptr) return;
    const Bytes section = *layout.file.part(segment->p_offset, segment->p_filesz);
    for (std::uint64_t at = 0;; at += sizeof(Elf64_Dyn)) {
        const auto entry = section.at<Elf64_Dyn>(at);
        if (!entry || entry->d_tag == DT_NULL) return;
        if (entry->d_tag == DT_NEEDED) {
            needed_.push_back(entry->d_un.d_val);
        } else {
            values_[entry->d_tag] = entry->d_un.d_val;
        }
    }
}

bool Tables::is_empty() const {
    return needed_.empty() && !values_.contains(DT_STRTAB) && !values_.contains(DT_SYMTAB);
}

std::optional<std::uint64_t> Tables::value(std::int64_t tag) const {
    const auto found = values_.find(tag);
    if (found == values_.end()) return {};
    return found->second;
}

bool Tables::find_strings() {
    const auto address = value(DT_STRTAB);
    const auto size = value(DT_STRSZ);
    if (!address || !size) return false;
    const auto bytes = layout_.at_address(*address);
    const auto table = bytes ? bytes->part(0, *size) : std::optional<Bytes>();
    if (!table) return false;
    strings_ = *table;
    return true;
}

bool Tables::find_symbols() {
    const auto address = value(DT_SYMTAB);
    const auto count = symbol_count();
    if (!count) return false;
    if (!address || *count == 0) return true;
    const auto bytes = layout_.at_address(*address);
    const auto table = bytes ? bytes->part(0, *count * sizeof(Elf64_Sym)) : std::optional<Bytes>();
    if (!table) return false;
    symbols_ = *table;
    return true;
}

std::optional<Elf64_Sym> Tables::exported(std::string_view name) const {
    for (std::uint64_t at = 0; at < symbols_.size(); at += sizeof(Elf64_Sym)) {
        const Elf64_Sym symbol = *symbols_.at<Elf64_Sym>(at);
        const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
        if (symbol.st_name == 0 || symbol.st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL ||
            visibility == STV_HIDDEN || visibility == STV_INTERNAL)
            continue;
        if (strings_.text(symbol.st_name) == name) return symbol;
    }
    return {};
}

/// How many symbols there are is only told by the hash tables, as the dynamic loader reads them.
std::optional<std::uint64_t> Tables::symbol_count() const {
    if (const auto address = value(DT_HASH)) {
        const auto table = layout_.at_address(*address);
        const auto chains = table ? table->at<std::uint32_t>(4) : std::optional<std::uint32_t>();
        if (!chains) return {};
        return *chains;
    }
    const auto address = value(DT_GNU_HASH);
    if (!address) return 0;
    return count_by_gnu_hash(*address);
}

std::optional<std::uint64_t> Tables::count_by_gnu_hash(std::uint64_t address) const {
    const auto table = layout_.at_address(address);
    const auto buckets = table ? table->at<std::uint32_t>(0) : std::optional<std::uint32_t>();
    const auto first = table ? table->at<std::uint32_t>(4) : std::optional<std::uint32_t>();
    const auto bloom_words = table ? table->at<std::uint32_t>(8) : std::optional<std::uint32_t>();
    if (!buckets || !first || !bloom_words) return {};
    const std::uint64_t buckets_at = 16 + std::uint64_t{*bloom_words} * 8;
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < *buckets; ++i) {
        const auto bucket = table->at<std::uint32_t>(buckets_at + i * 4);
        if (!bucket) return {};
        last = std::max<std::uint64_t>(last, *bucket);
    }
    if (last < *first) return *first;
    const std::uint64_t chains_at = buckets_at + std::uint64_t{*buckets} * 4;
    for (;; ++last) {
        const auto hash = table->at<std::uint32_t>(chains_at + (last - *first) * 4);
        if (!hash) return {};
        if ((*hash & 1) != 0) return last + 1;
    }
}

}  // namespace berth::host::elf
