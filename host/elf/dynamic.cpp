// SPDX-License-Identifier: MIT
#include "elf/dynamic.hpp"

#include <algorithm>
#include <map>

namespace berth::host::elf {
namespace {

// Symbol and version tables may name one text again and again: a small file must not become much memory.
constexpr std::uint64_t names_bytes_max = 128u << 20;

class DynamicReader {
public:
    DynamicReader(const Layout& layout, Library& library) : layout_(layout), library_(library) {}

    std::optional<Finding> read() {
        const Elf64_Phdr* segment = layout_.segment(PT_DYNAMIC);
        if (segment == nullptr) return {};
        entries(*layout_.file.part(segment->p_offset, segment->p_filesz));
        if (needed_.empty() && !values_.contains(DT_STRTAB) && !values_.contains(DT_SYMTAB)) return {};
        if (!find_strings()) return damaged("its text table lies outside the file");
        if (!texts()) return bad_name("a name of its dynamic section lies outside the text table");
        flags();
        if (!find_symbols()) return damaged("its symbol table lies outside the file");
        if (!symbols()) return bad_name("the name of a symbol lies outside the text table");
        if (!versions()) return bad_name("its table of symbol versions lies outside the file");
        sort(library_.exports);
        sort(library_.unique_symbols);
        sort(library_.undefined);
        sort(library_.symbol_versions);
        return {};
    }

private:
    static void sort(std::vector<std::string>& names) {
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
    }

    [[nodiscard]] Finding bad_name(const std::string& what) const {
        return damaged(names_bytes_ > names_bytes_max ? "its names take more than 128 MiB" : what);
    }

    void entries(const Bytes& section) {
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

    [[nodiscard]] std::optional<std::uint64_t> value(std::int64_t tag) const {
        const auto found = values_.find(tag);
        if (found == values_.end()) return {};
        return found->second;
    }

    bool find_strings() {
        const auto address = value(DT_STRTAB);
        const auto size = value(DT_STRSZ);
        if (!address || !size) return false;
        const auto bytes = layout_.at_address(*address);
        const auto table = bytes ? bytes->part(0, *size) : std::optional<Bytes>();
        if (!table) return false;
        strings_ = *table;
        return true;
    }

    bool name(std::uint64_t offset, std::string& out) {
        const auto text = strings_.text(offset);
        if (!text) return false;
        names_bytes_ += text->size() + sizeof(std::string);
        if (names_bytes_ > names_bytes_max) return false;
        out = *text;
        return true;
    }

    bool texts() {
        for (const std::uint64_t offset : needed_)
            if (!name(offset, library_.needed.emplace_back())) return false;
        if (const auto offset = value(DT_SONAME); offset && !name(*offset, library_.soname)) return false;
        const auto run_path = value(DT_RUNPATH) ? value(DT_RUNPATH) : value(DT_RPATH);
        return !run_path || name(*run_path, library_.run_path);
    }

    void flags() {
        const std::uint64_t flags = value(DT_FLAGS).value_or(0);
        library_.has_text_relocations = value(DT_TEXTREL).has_value() || (flags & DF_TEXTREL) != 0;
        library_.is_pie = (value(DT_FLAGS_1).value_or(0) & DF_1_PIE) != 0;
    }

    /// How many symbols there are is only told by the hash tables, as the dynamic loader reads them.
    [[nodiscard]] std::optional<std::uint64_t> symbol_count() const {
        if (const auto address = value(DT_HASH)) {
            const auto table = layout_.at_address(*address);
            const auto chains = table ? table->at<std::uint32_t>(4) : std::optional<std::uint32_t>();
            if (!chains) return {};
            return *chains;
        }
        const auto address = value(DT_GNU_HASH);
        if (!address) return 0;
        const auto table = layout_.at_address(*address);
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

    bool find_symbols() {
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

    bool symbols() {
        for (std::uint64_t at = 0; at < symbols_.size(); at += sizeof(Elf64_Sym)) {
            const Elf64_Sym symbol = *symbols_.at<Elf64_Sym>(at);
            const unsigned binding = ELF64_ST_BIND(symbol.st_info);
            const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
            const unsigned type = ELF64_ST_TYPE(symbol.st_info);
            if (symbol.st_name == 0 || binding == STB_LOCAL || type == STT_SECTION || type == STT_FILE)
                continue;
            std::string text;
            if (!name(symbol.st_name, text)) return false;
            if (symbol.st_shndx == SHN_UNDEF) {
                if (binding == STB_GLOBAL) library_.undefined.push_back(std::move(text));
                continue;
            }
            // Absolute ones are names of versions; hidden ones can't be reached.
            if (symbol.st_shndx == SHN_ABS || visibility == STV_HIDDEN || visibility == STV_INTERNAL)
                continue;
            if (binding == STB_GNU_UNIQUE) library_.unique_symbols.push_back(text);
            library_.exports.push_back(std::move(text));
        }
        return true;
    }

    /// Two linked lists, file by file and version by version; links only go forward.
    bool versions() {
        const auto address = value(DT_VERNEED);
        const std::uint64_t count = value(DT_VERNEEDNUM).value_or(0);
        if (!address || count == 0) return true;
        const auto table = layout_.at_address(*address);
        if (!table) return false;
        std::uint64_t at = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto need = table->at<Elf64_Verneed>(at);
            std::string file;
            if (!need || !name(need->vn_file, file)) return false;
            std::uint64_t version_at = at + need->vn_aux;
            for (unsigned j = 0; j < need->vn_cnt; ++j) {
                const auto version = table->at<Elf64_Vernaux>(version_at);
                std::string text;
                if (!version || !name(version->vna_name, text)) return false;
                names_bytes_ += file.size();
                library_.symbol_versions.push_back(file + ":" + text);
                if (version->vna_next == 0) break;
                version_at += version->vna_next;
            }
            if (need->vn_next == 0) return true;
            at += need->vn_next;
        }
        return true;
    }

    const Layout& layout_;
    Library& library_;
    std::map<std::int64_t, std::uint64_t> values_;
    std::vector<std::uint64_t> needed_;
    Bytes strings_;
    Bytes symbols_;
    std::uint64_t names_bytes_ = 0;
};

}  // namespace

std::optional<Finding> read_dynamic(const Layout& layout, Library& library) {
    return DynamicReader(layout, library).read();
}

}  // namespace berth::host::elf
