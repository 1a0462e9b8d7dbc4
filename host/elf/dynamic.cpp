// SPDX-License-Identifier: MIT
#include "elf/dynamic.hpp"

#include <algorithm>

#include "elf/tables.hpp"

namespace berth::host::elf {
namespace {

// Symbol and version tables may name one text again and again: a small file must not become much memory.
constexpr std::uint64_t names_bytes_max = 128u << 20;
// Each one is looked for in many directories.
constexpr std::size_t needed_max = 1000;

class DynamicReader {
public:
    DynamicReader(const Layout& layout, Library& library)
        : layout_(layout), library_(library), tables_(layout) {}

    std::optional<Finding> read() {
        if (tables_.is_empty()) return {};
        if (!tables_.find_strings()) return damaged("its text table lies outside the file");
        if (tables_.needed().size() > needed_max)
            return damaged("it needs more than " + std::to_string(needed_max) + " libraries");
        if (!texts()) return bad_name("a name of its dynamic section lies outside the text table");
        flags();
        if (!tables_.find_symbols()) return damaged("its symbol table lies outside the file");
        if (!symbols()) return bad_name("the name of a symbol lies outside the text table");
        if (!needed_versions() || !defined_versions())
            return bad_name("its table of symbol versions lies outside the file");
        for (auto* names : {&library_.exports, &library_.unique_symbols, &library_.thread_local_symbols,
                            &library_.absolute_symbols, &library_.undefined, &library_.defined_versions})
            sort(*names);
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

    bool name(std::uint64_t offset, std::string& out) {
        const auto text = tables_.strings().text(offset);
        if (!text) return false;
        names_bytes_ += text->size() + sizeof(std::string);
        if (names_bytes_ > names_bytes_max) return false;
        out = *text;
        return true;
    }

    bool texts() {
        for (const std::uint64_t offset : tables_.needed())
            if (!name(offset, library_.needed.emplace_back())) return false;
        if (const auto offset = tables_.value(DT_SONAME); offset && !name(*offset, library_.soname)) return false;
        const auto own = tables_.value(DT_RUNPATH);
        const auto run_path = own ? own : tables_.value(DT_RPATH);
        library_.run_path_is_inherited = !own && run_path.has_value();
        return !run_path || name(*run_path, library_.run_path);
    }

    void flags() {
        const std::uint64_t flags = tables_.value(DT_FLAGS).value_or(0);
        const std::uint64_t more_flags = tables_.value(DT_FLAGS_1).value_or(0);
        library_.has_text_relocations = tables_.value(DT_TEXTREL).has_value() || (flags & DF_TEXTREL) != 0;
        library_.is_pie = (more_flags & DF_1_PIE) != 0;
        library_.ignores_default_directories = (more_flags & DF_1_NODEFLIB) != 0;
    }

    bool symbols() {
        const Bytes& table = tables_.symbols();
        for (std::uint64_t at = 0; at < table.size(); at += sizeof(Elf64_Sym)) {
            const Elf64_Sym symbol = *table.at<Elf64_Sym>(at);
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
            // Hidden ones can't be reached; absolute ones are, but for a few, names of versions.
            if (visibility == STV_HIDDEN || visibility == STV_INTERNAL) continue;
            if (symbol.st_shndx == SHN_ABS) {
                library_.absolute_symbols.push_back(std::move(text));
                continue;
            }
            if (binding == STB_GNU_UNIQUE) library_.unique_symbols.push_back(text);
            if (type == STT_TLS) library_.thread_local_symbols.push_back(text);
            library_.exports.push_back(std::move(text));
        }
        return true;
    }

    /// Two linked lists, file by file and version by version; links only go forward.
    bool needed_versions() {
        const auto address = tables_.value(DT_VERNEED);
        const std::uint64_t count = tables_.value(DT_VERNEEDNUM).value_or(0);
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
                names_bytes_ += file.size() + sizeof(VersionNeed);
                library_.version_needs.push_back(
                    {.file = file, .version = std::move(text), .is_weak = (version->vna_flags & VER_FLG_WEAK) != 0});
                if (version->vna_next == 0) break;
                version_at += version->vna_next;
            }
            if (need->vn_next == 0) return true;
            at += need->vn_next;
        }
        return true;
    }

    /// As above; of each version only the first name, its own, counts.
    bool defined_versions() {
        const auto address = tables_.value(DT_VERDEF);
        const std::uint64_t count = tables_.value(DT_VERDEFNUM).value_or(0);
        if (!address || count == 0) return true;
        const auto table = layout_.at_address(*address);
        if (!table) return false;
        std::uint64_t at = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto definition = table->at<Elf64_Verdef>(at);
            if (!definition) return false;
            const auto own = table->at<Elf64_Verdaux>(at + definition->vd_aux);
            if (!own || !name(own->vda_name, library_.defined_versions.emplace_back())) return false;
            if (definition->vd_next == 0) return true;
            at += definition->vd_next;
        }
        return true;
    }

    const Layout& layout_;
    Library& library_;
    Tables tables_;
    std::uint64_t names_bytes_ = 0;
};

}  // namespace

std::optional<Finding> read_dynamic(const Layout& layout, Library& library) {
    return DynamicReader(layout, library).read();
}

}  // namespace berth::host::elf
