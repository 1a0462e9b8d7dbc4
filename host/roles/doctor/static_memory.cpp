// SPDX-License-Identifier: MIT
#include "roles/doctor/static_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/unique_fd.hpp"
#include "elf/findings.hpp"
#include "elf/layout.hpp"
#include "elf/library.hpp"

namespace berth::host::roles {
namespace {

constexpr std::uint64_t range_bytes_max = 64u << 20;

/// Where the kernel mapped the start of a file; 0: nowhere.
std::uint64_t mapped_at(const std::filesystem::path& file) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        std::string range, mode, offset, device, inode, path;
        words >> range >> mode >> offset >> device >> inode;
        std::getline(words >> std::ws, path);
        if (path == file.string() && offset.find_first_not_of('0') == std::string::npos)
            return std::strtoull(range.c_str(), nullptr, 16);
    }
    return 0;
}

}  // namespace

StaticMemory::StaticMemory(const std::filesystem::path& library) {
    const auto bytes = elf::read_file(library);
    const auto layout = bytes ? elf::read_layout(*bytes) : tl::unexpected<elf::Finding>(elf::Finding{});
    base_ = mapped_at(library);
    if (!layout || base_ == 0) return;
    variables_ = elf::variables_of(*layout);
    std::erase_if(variables_, [](const elf::Variable& one) { return one.is_thread_local; });
    const Elf64_Phdr* const sealed = layout->segment(PT_GNU_RELRO);
    for (const Elf64_Phdr& segment : layout->segments) {
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) == 0) continue;
        std::uint64_t begin = segment.p_vaddr;
        const std::uint64_t end = segment.p_vaddr + segment.p_memsz;
        // Sealed memory is the beginning of its segment.
        if (sealed != nullptr && sealed->p_vaddr <= begin && sealed->p_vaddr + sealed->p_memsz > begin)
            begin = std::min(end, sealed->p_vaddr + sealed->p_memsz);
        if (begin < end) ranges_.push_back({begin, std::min(end - begin, range_bytes_max)});
    }
}

StaticMemory::Snapshot StaticMemory::take() const {
    Snapshot snapshot;
    const UniqueFd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
    for (const Range& range : ranges_) {
        auto& bytes = snapshot.emplace_back(static_cast<std::size_t>(range.size));
        const ssize_t got = ::pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(base_ + range.address));
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    }
    return snapshot;
}

std::set<std::string> StaticMemory::changed(const Snapshot& before, const Snapshot& after) const {
    std::set<std::string> names;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        const std::size_t size = std::min(before[i].size(), after[i].size());
        for (std::size_t at = 0; at < size; ++at)
            if (before[i][at] != after[i][at]) names.insert(variable_at(ranges_[i].address + at));
    }
    return names;
}

std::string StaticMemory::variable_at(std::uint64_t address) const {
    for (const elf::Variable& one : variables_)
        if (address >= one.address && address - one.address < one.size) return elf::shown(elf::readable(one.name));
    return "(unnamed)";
}

}  // namespace berth::host::roles
