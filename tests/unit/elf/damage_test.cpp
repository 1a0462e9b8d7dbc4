// SPDX-License-Identifier: MIT
// Files that contradict themselves: refused or read, never a crash. Meant for the sanitizers.
#include <elf.h>

#include <random>

#include "unit/elf/build.hpp"

namespace berth::host::elf {
namespace {

constexpr const char* remedy = "; build or copy the file again";

/// The place in the file of an entry of the dynamic section; 0 when there is none.
std::size_t dynamic_entry(const File& file, std::int64_t tag) {
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof header);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        std::memcpy(&segment, file.data() + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type != PT_DYNAMIC) continue;
        for (std::size_t at = segment.p_offset; at < segment.p_offset + segment.p_filesz;
             at += sizeof(Elf64_Dyn)) {
            Elf64_Dyn entry;
            std::memcpy(&entry, file.data() + at, sizeof entry);
            if (entry.d_tag == tag) return at;
        }
    }
    return 0;
}

/// What is said when the value of a dynamic entry is another one.
std::string with_entry(std::int64_t tag, std::uint64_t value) {
    File file = good_file();
    const std::size_t at = dynamic_entry(file, tag);
    EXPECT_NE(at, 0u) << tag;
    if (at == 0) return "";
    patch<std::uint64_t>(file, at + offsetof(Elf64_Dyn, d_un), value);
    return refusal_of(file);
}

TEST(Damaged, tables_outside_the_file_are_named) {
    EXPECT_EQ(with_entry(DT_STRTAB, 0x7fffffff),
              std::string("is damaged: its text table lies outside the file") + remedy);
    EXPECT_EQ(with_entry(DT_STRSZ, ~std::uint64_t{0}),
              std::string("is damaged: its text table lies outside the file") + remedy);
    EXPECT_EQ(with_entry(DT_SYMTAB, 0x7fffffff),
              std::string("is damaged: its symbol table lies outside the file") + remedy);
    EXPECT_EQ(with_entry(DT_GNU_HASH, 0x7fffffff),
              std::string("is damaged: its symbol table lies outside the file") + remedy);
    EXPECT_EQ(with_entry(DT_STRSZ, 1),
              std::string("is damaged: the name of a symbol lies outside the text table") + remedy);
}

TEST(Damaged, headers_are_named) {
    File file = good_file();
    patch<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_phentsize), 57);
    EXPECT_EQ(refusal_of(file), std::string("is damaged: its program headers have a wrong size") + remedy);

    file = good_file();
    patch<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_shentsize), 1);
    EXPECT_EQ(refusal_of(file), std::string("is damaged: its section headers have a wrong size") + remedy);

    file = good_file();
    patch<std::uint8_t>(file, EI_CLASS, 9);
    EXPECT_EQ(refusal_of(file),
              std::string("is damaged: its header names neither 32 nor 64 bits, or no byte order") + remedy);

    file = good_file();
    patch<std::uint64_t>(file, offsetof(Elf64_Ehdr, e_phoff), ~std::uint64_t{0} - 8);
    EXPECT_EQ(refusal_of(file),
              "is cut off: its program headers end at byte 18446744073709551615, the file at byte " +
                  std::to_string(file.size()) +
                  "; copy the file again, under another name, and rename it when it is complete");
}

TEST(Damaged, any_word_of_the_file_may_be_anything) {
    const File& good = good_file();
    const std::uint64_t values[] = {
        0, 1, 0xff, 0xffff, 0x7fffffff, 0xffffffff, ~std::uint64_t{0}, ~std::uint64_t{0} - 7};
    const std::size_t end = std::min<std::size_t>(good.size() - 8, 8192);

    for (std::size_t at = 4; at < end; at += 4) {
        for (const std::uint64_t value : values) {
            File file = good;
            std::memcpy(file.data() + at, &value, at % 8 == 0 ? 8 : 4);
            const Report report = inspect(file);
            EXPECT_TRUE(report.library || report.refusal() != nullptr);
        }
    }
}

TEST(Damaged, random_changes_and_random_files_are_survived) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 3000; ++round) {
        File file = good_file();
        if (round % 3 == 0) file.resize(random() % file.size());
        const std::size_t changes = 1 + random() % 20;
        for (std::size_t i = 0; i < changes && file.size() > 4; ++i)
            file[4 + random() % (file.size() - 4)] = static_cast<std::byte>(random());
        const Report report = inspect(file);
        EXPECT_TRUE(report.library || report.refusal() != nullptr);
    }
}

TEST(Damaged, a_small_file_can_not_become_much_memory) {
    // Every symbol takes its name from the start of one long text.
    File file = good_file();
    const std::size_t at = dynamic_entry(file, DT_STRTAB);
    ASSERT_NE(at, 0u);

    const std::size_t symbols = 200'000;
    const std::size_t text_bytes = 1 << 20;
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof header);
    // A segment of its own, at the end of the file, in the place of the GNU_STACK header.
    const std::uint64_t address = 0x1000'0000;
    const std::uint64_t offset = (file.size() + 15) / 16 * 16;
    const std::uint64_t hash_bytes = 8;
    const std::uint64_t size = hash_bytes + symbols * sizeof(Elf64_Sym) + text_bytes;
    file.resize(offset + size, std::byte{'x'});
    file.back() = std::byte{0};
    bool placed = false;
    for (std::size_t i = 0; i < header.e_phnum && !placed; ++i) {
        const std::size_t place = header.e_phoff + i * sizeof(Elf64_Phdr);
        Elf64_Phdr segment;
        std::memcpy(&segment, file.data() + place, sizeof segment);
        if (segment.p_type != PT_GNU_STACK) continue;
        patch(file, place,
              Elf64_Phdr{.p_type = PT_LOAD,
                         .p_flags = PF_R,
                         .p_offset = offset,
                         .p_vaddr = address,
                         .p_paddr = address,
                         .p_filesz = size,
                         .p_memsz = size,
                         .p_align = 16});
        placed = true;
    }
    ASSERT_TRUE(placed);
    patch<std::uint32_t>(file, offset + 4, symbols);
    for (std::size_t i = 0; i < symbols; ++i)
        patch(file, offset + hash_bytes + i * sizeof(Elf64_Sym),
              Elf64_Sym{.st_name = 1,
                        .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                        .st_other = 0,
                        .st_shndx = 1,
                        .st_value = 0,
                        .st_size = 0});
    const auto set = [&](std::int64_t from, std::int64_t to, std::uint64_t value) {
        const std::size_t entry = dynamic_entry(file, from);
        ASSERT_NE(entry, 0u) << from;
        patch(file, entry, Elf64_Dyn{.d_tag = to, .d_un = {.d_val = value}});
    };
    set(DT_STRTAB, DT_STRTAB, address + hash_bytes + symbols * sizeof(Elf64_Sym));
    set(DT_STRSZ, DT_STRSZ, text_bytes);
    set(DT_SYMTAB, DT_SYMTAB, address + hash_bytes);
    set(DT_GNU_HASH, DT_HASH, address);

    EXPECT_EQ(refusal_of(file), "is damaged: its names take more than 128 MiB" + std::string(remedy));
}

TEST(Damaged, a_library_may_not_need_more_than_a_thousand_others) {
    const auto needs = [](std::size_t libraries) {
        File file = good_file();
        Elf64_Ehdr header;
        std::memcpy(&header, file.data(), sizeof header);
        for (std::size_t i = 0; i < header.e_phnum; ++i) {
            const std::size_t place = header.e_phoff + i * sizeof(Elf64_Phdr);
            Elf64_Phdr segment;
            std::memcpy(&segment, file.data() + place, sizeof segment);
            if (segment.p_type != PT_DYNAMIC) continue;
            // The section goes to the end of the file, behind the entries that are added.
            const std::size_t offset = (file.size() + 15) / 16 * 16;
            file.resize(offset + libraries * sizeof(Elf64_Dyn) + segment.p_filesz);
            for (std::size_t j = 0; j < libraries; ++j)
                patch(file, offset + j * sizeof(Elf64_Dyn), Elf64_Dyn{.d_tag = DT_NEEDED, .d_un = {.d_val = 1}});
            std::memcpy(file.data() + offset + libraries * sizeof(Elf64_Dyn), file.data() + segment.p_offset, segment.p_filesz);
            segment.p_offset = offset;
            segment.p_filesz += libraries * sizeof(Elf64_Dyn);
            patch(file, place, segment);
        }
        return refusal_of(file);
    };
    EXPECT_EQ(needs(900), "");
    EXPECT_EQ(needs(200'000), "is damaged: it needs more than 1000 libraries" + std::string(remedy));
}

}  // namespace
}  // namespace berth::host::elf
