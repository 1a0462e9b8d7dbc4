// SPDX-License-Identifier: MIT
#include "elf/layout.hpp"

#include <algorithm>
#include <limits>

#include "elf/library.hpp"

namespace berth::host::elf {
namespace {

Finding refusal(std::string id, std::string sentence, std::string remedy) {
    return {std::move(id), Finding::Severity::error, std::move(sentence), std::move(remedy)};
}

Finding cut_off(const std::string& what) {
    return refusal("truncated", "is cut off" + what,
                   "copy the file again, under another name, and rename it when it is complete");
}

/// The end of a range; as large as possible when it can't be told.
std::uint64_t end_of(std::uint64_t offset, std::uint64_t size) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return size > most - offset ? most : offset + size;
}

std::optional<Finding> beyond(const Bytes& file, std::uint64_t offset, std::uint64_t size,
                              const std::string& what) {
    if (file.holds(offset, size)) return {};
    return cut_off(": " + what + " at byte " + std::to_string(end_of(offset, size)) + ", the file at byte " +
                   std::to_string(file.size()));
}

/// What the first bytes say: no ELF file, or one of another kind of machine.
std::optional<Finding> check_identity(const Bytes& file) {
    if (file.size() == 0) return refusal("empty", "is empty", "copy the file again");
    const std::string_view magic(reinterpret_cast<const char*>(file.span().data()),
                                 std::min<std::size_t>(file.span().size(), SELFMAG));
    if (magic != std::string_view(ELFMAG, SELFMAG).substr(0, magic.size()) || magic.size() < SELFMAG)
        return refusal("not-elf", "is not a library: it does not begin as an ELF file",
                       "build it as a shared library, as berth_add_project() does");
    const auto header_bytes = [&] {
        return cut_off(" inside its header: " + std::to_string(file.size()) + " of " +
                       std::to_string(sizeof(Elf64_Ehdr)) + " bytes are there");
    };
    // Class, byte order and machine lie at the same places in every ELF file.
    const auto file_class = file.at<std::uint8_t>(EI_CLASS);
    const auto order = file.at<std::uint8_t>(EI_DATA);
    const auto machine_bytes = file.at<std::uint16_t>(offsetof(Elf64_Ehdr, e_machine));
    if (!file_class || !order || !machine_bytes) return header_bytes();
    if (*order == ELFDATA2MSB || *file_class == ELFCLASS32) {
        const auto swapped = static_cast<std::uint16_t>(*machine_bytes << 8 | *machine_bytes >> 8);
        const Machine machine{*order == ELFDATA2MSB ? swapped : *machine_bytes};
        return refusal("wrong-machine",
                       "is for " + name_of(machine) + " (" + (*file_class == ELFCLASS32 ? "32" : "64") +
                           " bits, " + (*order == ELFDATA2MSB ? "big" : "little") +
                           "-endian), this machine is " + name_of(this_machine()),
                       "build it for " + name_of(this_machine()));
    }
    if (*file_class != ELFCLASS64 || *order != ELFDATA2LSB)
        return damaged("its header names neither 32 nor 64 bits, or no byte order");
    if (file.size() < sizeof(Elf64_Ehdr)) return header_bytes();
    return {};
}

std::optional<Finding> read_segments(Layout& layout) {
    const Elf64_Ehdr& header = layout.header;
    if (header.e_phnum == 0) return {};
    if (header.e_phentsize != sizeof(Elf64_Phdr)) return damaged("its program headers have a wrong size");
    if (auto finding = beyond(layout.file, header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr),
                              "its program headers end"))
        return finding;
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
        const Elf64_Phdr segment = *layout.file.at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
        if (auto finding = beyond(layout.file, segment.p_offset, segment.p_filesz,
                                  "segment " + std::to_string(i) + " ends"))
            return finding;
        if (segment.p_type == PT_LOAD && segment.p_filesz > segment.p_memsz)
            return damaged("segment " + std::to_string(i) + " is larger in the file than in memory");
        layout.segments.push_back(segment);
    }
    return {};
}

/// Sections are not needed to load a library, but they come last in the file: this is what notices a
/// file of which only the end is missing.
std::optional<Finding> check_sections(const Layout& layout) {
    const Elf64_Ehdr& header = layout.header;
    if (header.e_shoff == 0) return {};
    if (header.e_shentsize != sizeof(Elf64_Shdr)) return damaged("its section headers have a wrong size");
    const auto headers_end = [&](std::uint64_t count) {
        return beyond(layout.file, header.e_shoff, count * sizeof(Elf64_Shdr), "its section headers end");
    };
    std::uint64_t count = header.e_shnum;
    if (auto finding = headers_end(std::max<std::uint64_t>(count, 1))) return finding;
    if (count == 0) count = layout.file.at<Elf64_Shdr>(header.e_shoff)->sh_size;
    if (count > std::numeric_limits<std::uint32_t>::max()) return damaged("it has too many sections");
    if (auto finding = headers_end(count)) return finding;
    for (std::uint64_t i = 0; i < count; ++i) {
        const Elf64_Shdr section = *layout.file.at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr));
        if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL) continue;
        if (auto finding = beyond(layout.file, section.sh_offset, section.sh_size,
                                  "section " + std::to_string(i) + " ends"))
            return finding;
    }
    return {};
}

}  // namespace

Finding damaged(const std::string& what) {
    return refusal("damaged", "is damaged: " + what, "build or copy the file again");
}

std::optional<Bytes> Layout::at_address(std::uint64_t address) const {
    for (const Elf64_Phdr& segment : segments) {
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
            address - segment.p_vaddr >= segment.p_filesz)
            continue;
        const std::uint64_t inside = address - segment.p_vaddr;
        return file.part(segment.p_offset + inside, segment.p_filesz - inside);
    }
    return {};
}

const Elf64_Phdr* Layout::segment(std::uint32_t type) const {
    for (const Elf64_Phdr& candidate : segments)
        if (candidate.p_type == type) return &candidate;
    return nullptr;
}

tl::expected<Layout, Finding> read_layout(std::span<const std::byte> bytes) {
    Layout layout{.file = Bytes(bytes), .header = {}, .segments = {}};
    if (auto finding = check_identity(layout.file)) return tl::unexpected<Finding>(std::move(*finding));
    layout.header = *layout.file.at<Elf64_Ehdr>(0);
    if (auto finding = read_segments(layout)) return tl::unexpected<Finding>(std::move(*finding));
    if (auto finding = check_sections(layout)) return tl::unexpected<Finding>(std::move(*finding));
    return layout;
}

}  // namespace berth::host::elf
