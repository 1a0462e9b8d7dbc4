// SPDX-License-Identifier: MIT
#include "elf/table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "elf/image.hpp"
#include "elf/layout.hpp"
#include "elf/library.hpp"
#include "elf/tables.hpp"

namespace berth::host::elf {
namespace {

/// Longer texts are refused by whoever reads the table; so much of one is copied that it is seen.
constexpr std::size_t text_bytes_max = 4097;
constexpr std::size_t procedures_max = 4096;

constexpr std::string_view only_running_tells = "its entry does more than return the address of a constant table";

/// Whether the code at a place goes on with these bytes.
bool begins(const Bytes& code, std::uint64_t at, std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) {
        if (code.at<std::uint8_t>(at++) != byte) return false;
    }
    return true;
}

}  // namespace

std::optional<std::uint64_t> returned_address(const Image& image, std::uint64_t address) {
    if (this_machine() != Machine::x86_64) return {};
    constexpr std::uint64_t code_bytes_max = 64;
    const auto code = image.at(address);
    if (!code) return {};
    std::optional<std::uint64_t> result;
    std::uint64_t at = 0;
    const auto relative = [&](std::uint64_t length) {
        const auto offset = code->at<std::int32_t>(at + length - 4);
        return address + at + length + static_cast<std::uint64_t>(std::int64_t{offset.value_or(0)});
    };
    while (at < code_bytes_max) {
        if (begins(*code, at, {0xf3, 0x0f, 0x1e, 0xfa})) {  // endbr64
            at += 4;
        } else if (begins(*code, at, {0x48, 0x89, 0xe5})) {  // mov %rsp,%rbp
            at += 3;
        } else if (begins(*code, at, {0x55}) || begins(*code, at, {0x5d}) || begins(*code, at, {0x90})) {
            at += 1;  // push %rbp, pop %rbp, nop
        } else if (begins(*code, at, {0x48, 0x8d, 0x05}) && code->holds(at, 7)) {  // lea X(%rip),%rax
            result = relative(7);
            at += 7;
        } else if (begins(*code, at, {0x48, 0x8b, 0x05}) && code->holds(at, 7)) {  // mov X(%rip),%rax
            const std::uint64_t place = relative(7);
            result = image.is_constant(place, 8) ? image.pointer_at(place) : std::nullopt;
            if (!result) return {};
            at += 7;
        } else if (begins(*code, at, {0x31, 0xc0})) {  // xor %eax,%eax
            result = 0;
            at += 2;
        } else if (begins(*code, at, {0xb8, 0, 0, 0, 0})) {  // mov $0,%eax
            result = 0;
            at += 5;
        } else if (begins(*code, at, {0xc3})) {  // ret
            return result;
        } else {
            return {};
        }
    }
    return {};
}

tl::expected<ProjectTable, std::string> ProjectTable::read(std::span<const std::byte> file) {
    const auto layout = read_layout(file);
    if (!layout || Machine{layout->header.e_machine} != this_machine())
        return tl::unexpected<std::string>("its file can not be read");
    Tables tables(*layout);
    if (!tables.find_strings() || !tables.find_symbols())
        return tl::unexpected<std::string>("its symbols can not be read");
    const auto entry = tables.exported("berth_project_v1");
    if (!entry) return tl::unexpected<std::string>("it has no entry");
    const Image image(*layout, tables);
    const auto address = returned_address(image, entry->st_value);
    ProjectTable result;
    if (!address) return tl::unexpected<std::string>(std::string(only_running_tells));
    if (*address == 0) {
        result.is_null_ = true;
        return result;
    }
    if (!result.copy(image, *address)) return tl::unexpected<std::string>(std::string(only_running_tells));
    return result;
}

bool ProjectTable::copy(const Image& image, std::uint64_t address) {
    const auto bytes = image.at(address);
    const auto size = bytes ? bytes->at<std::uint32_t>(0) : std::optional<std::uint32_t>();
    if (!size || !image.is_constant(address, sizeof *size)) return false;
    berth_project& table = *table_;
    table.struct_size = *size;
    // Sizes that no table has are for the reader to refuse; it looks no further.
    if (*size < offsetof(berth_project, load) || *size > 64u << 10) return true;
    if (!image.is_constant(address, *size)) return false;
    const std::size_t known = std::min<std::size_t>(*size, sizeof table);
    std::memcpy(&table, bytes->span().data(), known - known % sizeof(void*));
    for (std::size_t at = offsetof(berth_project, load); at + sizeof(void*) <= known; at += sizeof(void*)) {
        const auto hook = image.pointer_at(address + at);
        // One that another library provides is there, too.
        const std::uint64_t value = hook.value_or(1);
        std::memcpy(reinterpret_cast<char*>(&table) + at, &value, sizeof value);
    }
    return copy_text(image, address + offsetof(berth_project, name), table.name) &&
           copy_text(image, address + offsetof(berth_project, version), table.version) &&
           copy_text(image, address + offsetof(berth_project, global_service_annotation),
                     table.global_service_annotation) &&
           copy_procedures(image, address + offsetof(berth_project, procedures));
}

/// `text` has the size already.
bool ProjectTable::copy_text(const Image& image, std::uint64_t address, berth_str& text) {
    text.data = nullptr;
    const auto pointer = image.pointer_at(address);
    if (!pointer) return false;
    if (*pointer == 0 || text.size == 0) return true;
    const std::size_t size = std::min(text.size, text_bytes_max);
    const auto bytes = image.at(*pointer);
    const auto part = bytes && image.is_constant(*pointer, size) ? bytes->part(0, size) : std::optional<Bytes>();
    if (!part) return false;
    text.data = texts_.emplace_back(reinterpret_cast<const char*>(part->span().data()), size).data();
    text.size = size;
    return true;
}

bool ProjectTable::copy_procedures(const Image& image, std::uint64_t address) {
    const auto pointer = image.pointer_at(address);
    if (!pointer) return false;
    table_->procedures = nullptr;
    const std::size_t count = table_->procedure_count;
    if (*pointer == 0 || count == 0) return true;
    procedures_.resize(std::min<std::size_t>(count, procedures_max));
    table_->procedures = procedures_.data();
    if (count > procedures_max) return true;  // Refused by its count.
    if (!image.is_constant(*pointer, count * sizeof(berth_procedure))) return false;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t place = *pointer + i * sizeof(berth_procedure);
        const auto bytes = image.at(place);
        const auto raw = bytes ? bytes->part(0, sizeof(berth_procedure)) : std::optional<Bytes>();
        if (!raw) return false;
        berth_procedure& procedure = procedures_[i];
        std::memcpy(&procedure, raw->span().data(), sizeof procedure);
        const std::uint64_t run = image.pointer_at(place + offsetof(berth_procedure, run)).value_or(1);
        std::memcpy(reinterpret_cast<char*>(&procedure) + offsetof(berth_procedure, run), &run, sizeof run);
        if (!copy_text(image, place + offsetof(berth_procedure, name), procedure.name) ||
            !copy_text(image, place + offsetof(berth_procedure, signature), procedure.signature))
            return false;
    }
    return true;
}

}  // namespace berth::host::elf
