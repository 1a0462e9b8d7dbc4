// SPDX-License-Identifier: MIT
/// The versions of each project that it can go back to, remembered in STATE/versions.json across restarts of the host.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <string>

#include "base/result.hpp"
#include "supervisor/intake.hpp"

namespace berth::host::supervisor {

struct Versions {
    std::deque<Library> libraries;  ///< the one that ran last, then those before it, newest first
    /// SHA-256 of the library that was last deployed, where the project went back from it; else empty. The file in the plugins
    /// directory is that one until somebody replaces it.
    std::string gone_back_from{};
};

/// The libraries themselves are the staged copies. What cannot be read or written costs roll-backs and nothing else, so it is
/// told in the log and never an error. [main thread]
class KeptVersions {
public:
    /// Entries whose copy is not there, or could have been changed by others, are left out.
    static KeptVersions open(std::filesystem::path file, const std::filesystem::path& staging);

    [[nodiscard]] Versions of(const std::string& project) const;
    /// Whether a staged copy is one of them.
    [[nodiscard]] bool uses(const StagedLibrary& staged) const;
    /// That is what `project` runs and can go back to from now on; none: it is forgotten.
    void keep(const std::string& project, const Versions& versions);

private:
    explicit KeptVersions(std::filesystem::path file) : file_(std::move(file)) {}
    void read(const nlohmann::json& document, const std::filesystem::path& staging);

    std::filesystem::path file_;
    std::map<std::string, Versions> projects_;
};

}  // namespace berth::host::supervisor
