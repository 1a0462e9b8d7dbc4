// SPDX-License-Identifier: MIT
#include "supervisor/scan.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

namespace berth::host::supervisor {
namespace {

std::int64_t ns_of(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

FileIdentity identity_of(const struct stat& status) {
    return {.device = status.st_dev,
            .inode = status.st_ino,
            .size = status.st_size,
            .modified_ns = ns_of(status.st_mtim),
            .changed_ns = ns_of(status.st_ctim)};
}

std::optional<PluginFile> look_at(const std::filesystem::path& file) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return std::nullopt;
    return PluginFile{.path = file,
                      .stem = file.stem().string(),
                      .identity = identity_of(status),
                      .age_ms = wall_clock_ms() - ns_of(status.st_mtim) / 1'000'000};
}

Result<std::vector<PluginFile>> list_plugins(const std::filesystem::path& directory) {
    std::error_code error;
    std::vector<PluginFile> files;
    for (auto entry = std::filesystem::directory_iterator(directory, error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const auto& path = entry->path();
        if (path.extension() != ".so" || path.filename().string().starts_with('.')) continue;
        if (auto file = look_at(path)) files.push_back(std::move(*file));
    }
    if (error) return fail_errno("read the plugins directory " + directory.string(), error.value());
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

Scan::Found Scan::look(const std::vector<PluginFile>& files, TimePoint now) {
    Found found;
    std::set<std::filesystem::path> present;
    for (const PluginFile& file : files) {
        present.insert(file.path);
        const auto [position, is_new] = seen_.try_emplace(file.path, Seen{file.identity, now});
        Seen& seen = position->second;
        if (!is_new && seen.identity != file.identity) seen = Seen{file.identity, now};
        if (seen.is_handed_out) continue;
        const bool is_old = is_first_ && file.age_ms >= quiet.count();
        if (is_old || now - seen.since >= quiet) {
            seen.is_handed_out = true;
            found.changed.push_back(file);
        } else {
            found.is_unsettled = true;
        }
    }
    for (auto seen = seen_.begin(); seen != seen_.end();) {
        if (present.contains(seen->first)) {
            ++seen;
        } else {
            found.gone.push_back(seen->first);
            seen = seen_.erase(seen);
        }
    }
    is_first_ = false;
    return found;
}

void Scan::know(const PluginFile& file, TimePoint now) {
    seen_[file.path] = Seen{.identity = file.identity, .since = now, .is_handed_out = true};
}

void Scan::disturbed(const std::filesystem::path& path, TimePoint now) {
    const auto found = seen_.find(path);
    if (found == seen_.end()) return;
    found->second.since = now;
}

void Scan::forget(const std::filesystem::path& path) {
    const auto found = seen_.find(path);
    if (found != seen_.end()) found->second.is_handed_out = false;
}

}  // namespace berth::host::supervisor
