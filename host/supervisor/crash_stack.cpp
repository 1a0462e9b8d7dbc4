// SPDX-License-Identifier: MIT
#include "supervisor/crash_stack.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <sstream>
#include <vector>

#include "elf/stack_text.hpp"

namespace berth::host::supervisor {
namespace {

struct Mapping {
    std::uint64_t start;
    std::uint64_t end;
    std::uint64_t base;
    std::string file;
};

/// Of lines as proc(5) describes them, a file's beginning before the rest of it.
std::vector<Mapping> mappings_in(const std::string& lines) {
    std::vector<Mapping> found;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) {
        Mapping mapping{};
        std::uint64_t offset = 0;
        const auto path = line.find('/');
        if (path == std::string::npos ||
            std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*4s %" SCNx64, &mapping.start, &mapping.end, &offset) != 3) {
            continue;
        }
        mapping.file = line.substr(path);
        const bool goes_on = offset != 0 && !found.empty() && found.back().file == mapping.file;
        mapping.base = goes_on ? found.back().base : mapping.start;
        found.push_back(std::move(mapping));
    }
    return found;
}

bool is_systems(const std::string& file) {
    return file.find("/../") == std::string::npos && (file.starts_with("/usr/lib") || file.starts_with("/lib"));
}

}  // namespace

std::string text_of(const link::CrashStack& stack, const std::filesystem::path& library) {
    std::vector<std::uint64_t> addresses;
    const std::size_t count = std::min<std::size_t>(stack.count.load(), stack.addresses.size());
    for (std::size_t i = 0; i < count; ++i) addresses.push_back(stack.addresses[i].load());
    if (addresses.empty()) return {};
    const std::string lines(stack.files.data(), std::min<std::size_t>(stack.files_size.load(), stack.files.size()));
    const std::vector<Mapping> mappings = mappings_in(lines);
    std::error_code ignored;
    const std::string own = std::filesystem::weakly_canonical(library, ignored);
    const std::string program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto place_of = [&](std::uint64_t address) -> std::optional<elf::Place> {
        const auto found = std::find_if(mappings.begin(), mappings.end(), [&](const Mapping& mapping) {
            return mapping.start <= address && address < mapping.end;
        });
        if (found == mappings.end()) return std::nullopt;
        const bool is_trusted = found->file == own || found->file == program || is_systems(found->file);
        return elf::Place{.file = found->file, .base = found->base, .is_trusted = is_trusted};
    };
    return elf::stack_text(addresses, place_of, stack.program.load());
}

}  // namespace berth::host::supervisor
