// SPDX-License-Identifier: MIT
/// A library file of unknown origin: is read within its bytes, or refused with a sentence.
#include <elf.h>

#include <cstring>
#include <span>

#include "elf/cache.hpp"
#include "elf/findings.hpp"
#include "elf/sections.hpp"
#include "elf/table.hpp"
#include "fuzz/target.hpp"

namespace berth::fuzz {
namespace {

template <class T>
void put(std::string& file, std::size_t at, const T& value) {
    if (file.size() < at + sizeof value) file.resize(at + sizeof value);
    std::memcpy(file.data() + at, &value, sizeof value);
}

/// The least file that is a project's library to the reader: every table, one symbol each.
std::string small_library(bool sysv_hash) {
    using namespace std::literals;
    constexpr std::size_t dynamic = 64 + 4 * sizeof(Elf64_Phdr);
    constexpr std::size_t strings = dynamic + 12 * sizeof(Elf64_Dyn);
    constexpr std::string_view texts = "\0berth_project_v1\0libc.so.6\0GLIBC_2.34\0puts\0/opt:lib\0once\0"sv;
    constexpr std::size_t symbols = strings + 64;
    constexpr std::size_t hash = symbols + 4 * sizeof(Elf64_Sym);
    constexpr std::size_t needs = hash + 48;
    constexpr std::size_t note = needs + sizeof(Elf64_Verneed) + sizeof(Elf64_Vernaux);
    constexpr std::size_t code = note + 32;  // lea table(%rip),%rax; ret
    constexpr std::size_t table = code + 8;
    constexpr std::size_t end = table + 96;

    std::string file(end, '\0');
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
    header.e_machine = static_cast<Elf64_Half>(host::elf::this_machine());
    header.e_phoff = 64;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 4;
    put(file, 0, header);
    const auto segment = [&](std::size_t index, std::uint32_t type, std::size_t at, std::size_t size) {
        Elf64_Phdr one{};
        one.p_type = type;
        one.p_offset = one.p_vaddr = at;
        one.p_filesz = one.p_memsz = size;
        put(file, 64 + index * sizeof one, one);
    };
    segment(0, PT_LOAD, 0, end);
    segment(1, PT_DYNAMIC, dynamic, strings - dynamic);
    segment(2, PT_NOTE, note, end - note);
    segment(3, PT_GNU_STACK, 0, 0);
    std::size_t entry = dynamic;
    const auto says = [&](std::int64_t tag, std::uint64_t value) {
        put(file, entry, Elf64_Dyn{tag, {value}});
        entry += sizeof(Elf64_Dyn);
    };
    says(DT_NEEDED, 18);
    says(DT_RUNPATH, 44);
    says(DT_STRTAB, strings);
    says(DT_STRSZ, texts.size());
    says(DT_SYMTAB, symbols);
    says(sysv_hash ? DT_HASH : DT_GNU_HASH, hash);
    says(DT_VERNEED, needs);
    says(DT_VERNEEDNUM, 1);
    says(DT_NULL, 0);
    file.replace(strings, texts.size(), texts);
    const auto symbol = [&](std::size_t index, std::uint32_t name, unsigned char binding,
                            std::uint16_t section) {
        Elf64_Sym one{};
        one.st_name = name;
        one.st_info = static_cast<unsigned char>(binding << 4 | STT_OBJECT);
        one.st_shndx = section;
        one.st_value = code;
        put(file, symbols + index * sizeof one, one);
    };
    symbol(1, 39, STB_GLOBAL, SHN_UNDEF);
    symbol(2, 1, STB_GLOBAL, 1);
    symbol(3, 53, STB_GNU_UNIQUE, 1);
    const std::uint32_t sysv[] = {1, 4, 0, 0, 0, 0, 0};
    const std::uint32_t gnu[] = {1, 2, 1, 0, 0, 0, /*bucket*/ 2, /*chain*/ 2, 3};
    for (std::size_t i = 0; i < (sysv_hash ? std::size(sysv) : std::size(gnu)); ++i)
        put(file, hash + i * 4, sysv_hash ? sysv[i] : gnu[i]);
    put(file, needs, Elf64_Verneed{1, 1, 18, sizeof(Elf64_Verneed), 0});
    put(file, needs + sizeof(Elf64_Verneed), Elf64_Vernaux{0, 0, 2, 28, 0});
    const std::uint32_t note_words[] = {6, 8, 1};
    for (std::size_t i = 0; i < std::size(note_words); ++i) put(file, note + i * 4, note_words[i]);
    file.replace(note + 12, 8, "Berth\0\0\0"sv);
    put(file, note + 20, std::uint32_t{1});
    file.replace(code, 8, "\x48\x8d\x05\x01\0\0\0\xc3"sv);
    put(file, table, std::uint32_t{96});
    return file;
}

}  // namespace

std::vector<std::string> seeds() {
    const std::string gnu = small_library(false);
    const std::string sysv = small_library(true);
    for (const std::string& one : {gnu, sysv}) {
        const auto library = host::elf::read(std::as_bytes(std::span(one)));
        promise(library && library->has_entry() && library->abi_note && library->unique_symbols.size() == 1 &&
                    library->undefined.size() == 1 && library->version_needs.size() == 1,
                "the seeds are read whole");
        const auto table = host::elf::ProjectTable::read(std::as_bytes(std::span(one)));
        promise(host::elf::this_machine() != host::elf::Machine::x86_64 ||
                    (table && table->get() != nullptr && table->get()->struct_size == 96),
                "the seeds have a table");
    }
    return {gnu, sysv,
            std::string("\x7f"
                        "ELF\x01\x01",
                        6) +
                std::string(58, '\0')};
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::host::elf;
    const auto bytes = std::as_bytes(std::span(data, size));
    if (const auto layout = read_layout(bytes)) std::ignore = variables_of(*layout);
    std::ignore = read_loader_cache(bytes);
    if (const auto table = ProjectTable::read(bytes); table && table->get() != nullptr)
        berth::fuzz::promise(table->get()->name.data == nullptr || table->get()->name.size <= 4097,
                             "texts are copied in part at most");
    for (const bool shares_process : {false, true}) {
        Rules rules;
        rules.shares_process = shares_process;
        const Report report = inspect(bytes, rules);
        berth::fuzz::promise(report.library || report.refusal() != nullptr,
                             "what can not be read is refused");
        for (const Finding& finding : report.findings)
            berth::fuzz::promise(!finding.id.empty() && !finding.sentence.empty() && !finding.remedy.empty(),
                                 "a finding has name, sentence and remedy");
    }
    return 0;
}
