// SPDX-License-Identifier: MIT
#include "elf/search.hpp"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/unique_fd.hpp"
#include "elf/bytes.hpp"

namespace berth::host::elf {
namespace {

#if defined(__x86_64__)
constexpr const char* triplet = "x86_64-linux-gnu";
#elif defined(__aarch64__)
constexpr const char* triplet = "aarch64-linux-gnu";
#else
constexpr const char* triplet = "riscv64-linux-gnu";
#endif

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Whether the loader would take it: it looks into the header and goes on elsewhere otherwise.
bool is_for_this_machine(const std::filesystem::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return false;
    Elf64_Ehdr header{};
    if (::pread(fd.get(), &header, sizeof header, 0) != sizeof header) return false;
    return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_machine == static_cast<Elf64_Half>(this_machine());
}

std::vector<std::string> parts_of(std::string_view text, std::string_view separators) {
    std::vector<std::string> parts;
    if (text.empty()) return parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
        parts.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

bool replace(std::string& text, std::string_view variable, const std::string& value) {
    for (const std::string& form : {"${" + std::string(variable) + "}", "$" + std::string(variable)}) {
        for (std::size_t at = 0; (at = text.find(form, at)) != std::string::npos; at += value.size()) {
            if (value.empty()) return false;
            text.replace(at, form.size(), value);
        }
    }
    return true;
}

std::optional<std::filesystem::path> in(const std::vector<std::filesystem::path>& directories, const std::string& name) {
    for (const auto& directory : directories)
        if (is_for_this_machine(directory / name)) return directory / name;
    return {};
}

}  // namespace

std::vector<std::filesystem::path> run_path_directories(std::string_view run_path, const std::filesystem::path& origin) {
    std::vector<std::filesystem::path> directories;
    for (std::string& part : parts_of(run_path, ":")) {
        const bool is_known = replace(part, "ORIGIN", origin.string()) && replace(part, "LIB", std::string("lib/") + triplet) &&
                              replace(part, "PLATFORM", "");
        if (is_known) directories.emplace_back(part.empty() ? "." : part);
    }
    return directories;
}

SearchSettings SearchSettings::of_this_process() {
    SearchSettings settings;
    settings.library_path = environment("LD_LIBRARY_PATH");
    settings.preload = environment("LD_PRELOAD");
    for (const std::filesystem::path root : {"/lib", "/usr/lib"}) settings.default_directories.push_back(root / triplet);
    for (const char* directory : {"/lib64", "/usr/lib64", "/lib", "/usr/lib"})
        settings.default_directories.emplace_back(directory);
    return settings;
}

Search::Search(SearchSettings settings) : settings_(std::move(settings)) {
    if (const auto bytes = read_file(settings_.cache)) cache_ = read_loader_cache(*bytes);
}

std::optional<std::filesystem::path> Search::find(const std::string& name, const Requester& requester) const {
    if (name.find('/') != std::string::npos)
        return is_for_this_machine(name) ? std::optional<std::filesystem::path>(name) : std::nullopt;
    const Library& library = *requester.library;
    const bool has_own = !library.run_path.empty() && !library.run_path_is_inherited;
    for (const Requester* one = &requester; one != nullptr && !has_own; one = one->loaded_by) {
        if (!one->library->run_path_is_inherited) continue;
        if (auto found = in(run_path_directories(one->library->run_path, one->directory), name)) return found;
    }
    for (const std::string& directory : parts_of(settings_.library_path, ":;"))
        if (auto found = in({directory.empty() ? "." : directory}, name)) return found;
    if (has_own)
        if (auto found = in(run_path_directories(library.run_path, requester.directory), name)) return found;
    if (library.ignores_default_directories) return {};
    if (const auto known = cache_.find(name); known != cache_.end())
        for (const auto& path : known->second)
            if (is_for_this_machine(path)) return path;
    return in(settings_.default_directories, name);
}

}  // namespace berth::host::elf
