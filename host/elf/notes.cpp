// SPDX-License-Identifier: MIT
#include "elf/dynamic.hpp"

namespace berth::host::elf {
namespace {

constexpr std::uint32_t abi_note_type = 1;  // BERTH_ABI_NOTE in berth.h

std::string hexadecimal(std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::size_t build_id_bytes_max = 64;
    std::string text;
    for (const std::byte byte : bytes.subspan(0, std::min(bytes.size(), build_id_bytes_max))) {
        text += digits[std::to_integer<std::size_t>(byte >> 4)];
        text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return text;
}

std::string_view text_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.span().data()), bytes.span().size()};
}

void take(std::uint32_t type, std::string_view name, const Bytes& description, Library& library) {
    using namespace std::literals;
    if (type == NT_GNU_BUILD_ID && name == "GNU\0"sv) library.build_id = hexadecimal(description.span());
    if (type == abi_note_type && name == "Berth\0"sv && !library.abi_note) {
        const auto major = description.at<std::uint32_t>(0);
        const auto minor = description.at<std::uint32_t>(4);
        if (major && minor) library.abi_note = AbiNote{*major, *minor};
    }
}

std::uint64_t aligned(std::uint64_t size, std::uint64_t alignment) {
    return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

void read_notes(const Layout& layout, Library& library) {
    for (const Elf64_Phdr& segment : layout.segments) {
        if (segment.p_type != PT_NOTE) continue;
        const Bytes notes = *layout.file.part(segment.p_offset, segment.p_filesz);
        const std::uint64_t alignment = segment.p_align == 8 ? 8 : 4;
        for (std::uint64_t at = 0;;) {
            const auto header = notes.at<Elf64_Nhdr>(at);
            if (!header) break;
            const std::uint64_t name_at = at + sizeof(Elf64_Nhdr);
            const std::uint64_t description_at = aligned(name_at + header->n_namesz, alignment);
            const auto name = notes.part(name_at, header->n_namesz);
            const auto description = notes.part(description_at, header->n_descsz);
            if (!name || !description) break;
            take(header->n_type, text_of(*name), *description, library);
            at = aligned(description_at + header->n_descsz, alignment);
        }
    }
}

}  // namespace berth::host::elf
