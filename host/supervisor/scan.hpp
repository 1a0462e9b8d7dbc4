// SPDX-License-Identifier: MIT
/// Which files of the plugins directory are new, changed and quiet, or gone.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "supervisor/staging.hpp"

namespace berth::host::supervisor {

[[nodiscard]] FileIdentity identity_of(const struct stat& status);

/// A file NAME.so of the directory.
struct PluginFile {
    std::filesystem::path path;
    std::string stem;
    FileIdentity identity{};
    std::int64_t age_ms = 0;  ///< since its last change, by the wall clock
    std::string name{};       ///< of its project, when an administrator gave one

    /// What its project is called as long as the library has not been asked.
    [[nodiscard]] const std::string& likely_name() const { return name.empty() ? stem : name; }
    bool operator==(const PluginFile&) const = default;
};

/// One file as it is now; nothing when it is not there or a directory.
std::optional<PluginFile> look_at(const std::filesystem::path& file);

/// The files NAME.so in name order. Links are listed, so that `stage` refuses them with a sentence; names that begin
/// with a dot are somebody's unfinished upload.
Result<std::vector<PluginFile>> list_plugins(const std::filesystem::path& directory);

/// Remembers what it has seen. Pure: listing and time are given. A file is handed out once per content, when it has
/// been the same for the quiet time (or is that old at the first look), so that a copy under way is left alone.
class Scan {
public:
    static constexpr Milliseconds quiet{300};

    struct Found {
        std::vector<PluginFile> changed;           ///< new ones too, in name order
        std::vector<std::filesystem::path> gone;   ///< each reported once
        bool is_unsettled = false;                 ///< some file is not quiet yet: look again after the quiet time
    };

    [[nodiscard]] Found look(const std::vector<PluginFile>& files, TimePoint now);
    /// The file was taken in by another way, as it is: it is not handed out.
    void know(const PluginFile& file, TimePoint now);
    /// Something was written to the file (inotify): it is not quiet.
    void disturbed(const std::filesystem::path& path, TimePoint now);
    /// Hands the file out again at the next look.
    void forget(const std::filesystem::path& path);

private:
    struct Seen {
        FileIdentity identity;
        TimePoint since;
        bool is_handed_out = false;
    };
    std::map<std::filesystem::path, Seen> seen_;
    bool is_first_ = true;
};

}  // namespace berth::host::supervisor
