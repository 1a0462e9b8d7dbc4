// SPDX-License-Identifier: MIT
// RELIABILITY P8: libraries that are cut off are found before they kill who loads them.
#include <elf.h>

#include <fstream>

#include "unit/elf/build.hpp"

namespace berth::host::elf {
namespace {

constexpr const char* remedy = "; copy the file again, under another name, and rename it when it is complete";

std::string cut_to(std::size_t size) {
    File file = good_file();
    file.resize(size);
    return refusal_of(file);
}

TEST(CutOff, at_every_length_is_refused) {
    const File& whole = good_file();
    ASSERT_GT(whole.size(), 4096u);
    for (std::size_t size = 0; size < whole.size(); size += size < 2048 ? 1 : 61) {
        const Report report = inspect(std::span<const std::byte>(whole).first(size));
        ASSERT_NE(report.refusal(), nullptr) << size << " of " << whole.size();
        EXPECT_EQ(report.refusal()->id, size == 0 ? "empty" : size < 4 ? "not-elf" : "truncated") << size;
    }
    EXPECT_NE(inspect(std::span<const std::byte>(whole).first(whole.size() - 1)).refusal(), nullptr);
}

TEST(CutOff, says_where) {
    Elf64_Ehdr header;
    std::memcpy(&header, good_file().data(), sizeof header);
    const std::string file_end = std::to_string(good_file().size() - 1);

    EXPECT_EQ(cut_to(0), "is empty; copy the file again");
    EXPECT_EQ(cut_to(3),
              "is not a library: it does not begin as an ELF file; build it as a shared library, as "
              "berth_add_project() does");
    EXPECT_EQ(cut_to(4), std::string("is cut off inside its header: 4 of 64 bytes are there") + remedy);
    EXPECT_EQ(cut_to(63), std::string("is cut off inside its header: 63 of 64 bytes are there") + remedy);
    EXPECT_EQ(cut_to(64),
              "is cut off: its program headers end at byte " +
                  std::to_string(header.e_phoff + std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr)) +
                  ", the file at byte 64" + remedy);
    EXPECT_EQ(cut_to(header.e_shoff + 64),
              "is cut off: its section headers end at byte " +
                  std::to_string(header.e_shoff + std::uint64_t{header.e_shnum} * 64) +
                  ", the file at byte " + std::to_string(header.e_shoff + 64) + remedy);
}

TEST(CutOff, inside_a_segment_names_it) {
    Elf64_Ehdr header;
    std::memcpy(&header, good_file().data(), sizeof header);
    std::size_t index = 0;
    Elf64_Phdr segment{};
    for (; index < header.e_phnum; ++index) {
        std::memcpy(&segment, good_file().data() + header.e_phoff + index * sizeof segment, sizeof segment);
        if (segment.p_offset + segment.p_filesz > 1000) break;
    }
    ASSERT_LT(index, header.e_phnum);

    EXPECT_EQ(cut_to(1000), "is cut off: segment " + std::to_string(index) + " ends at byte " +
                                std::to_string(segment.p_offset + segment.p_filesz) +
                                ", the file at byte 1000" + remedy);
}

TEST(CutOff, files_are_read_from_the_disk_too) {
    const Builder builder;
    const auto path = builder.directory() / "cut.so";
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(good_file().data()), 40);

    const Report report = inspect(path);

    ASSERT_NE(report.refusal(), nullptr);
    EXPECT_EQ(report.refusal()->text(),
              std::string("is cut off inside its header: 40 of 64 bytes are there") + remedy);
    EXPECT_FALSE(report.library);
}

TEST(NotElf, is_said_of_scripts_texts_and_zeros) {
    for (const std::string& text : {std::string("#!/bin/sh\n"), std::string(5000, '\0'),
                                    std::string("\x7f"
                                                "ELG" +
                                                std::string(100, 'x'))}) {
        File file(text.size());
        std::memcpy(file.data(), text.data(), text.size());
        EXPECT_EQ(refusal_of(file),
                  "is not a library: it does not begin as an ELF file; build it as a shared library, as "
                  "berth_add_project() does");
    }
}

}  // namespace
}  // namespace berth::host::elf
