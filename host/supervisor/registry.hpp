// SPDX-License-Identifier: MIT
/// What administrators have added and removed, remembered in STATE/registry.json.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "supervisor/scan.hpp"

namespace berth::host::supervisor {

/// Libraries outside the plugins directory that are projects all the same, names that were given to files, and files
/// that are not to be loaded until they change. Every change is on the disk, whole, before it holds; one that cannot be
/// written does not hold. [main thread]
class Registry {
public:
    struct Added {
        std::filesystem::path file;  ///< absolute
        std::string name{};          ///< of the project; empty: its own
    };
    /// A file with this size and time is not loaded; another content of the same path is.
    struct Removed {
        std::filesystem::path file;
        std::int64_t size = 0;
        std::int64_t modified_ns = 0;
    };

    /// A missing file means nothing added or removed; a damaged one is an error, for guessing would load what somebody
    /// has removed.
    static Result<Registry> open(std::filesystem::path file);

    [[nodiscard]] const std::vector<Added>& added() const { return added_; }
    [[nodiscard]] const std::vector<Removed>& removed() const { return removed_; }
    [[nodiscard]] const Added* find(const std::filesystem::path& file) const;
    [[nodiscard]] bool is_removed(const PluginFile& file) const;

    /// The plugins directory as it was listed, without what was removed and with what was added; in the order of paths.
    [[nodiscard]] std::vector<PluginFile> files(const std::vector<PluginFile>& plugins) const;

    /// The file is (again) a project. `is_plugin`: it lies in the plugins directory, where only a name must be remembered.
    Result<void> add(const std::filesystem::path& file, const std::string& name, bool is_plugin);
    /// The file is a project no longer. `content`: what is not to be loaded any more, for files of the plugins directory.
    Result<void> remove(const std::filesystem::path& file, const std::optional<PluginFile>& content);

private:
    explicit Registry(std::filesystem::path file) : file_(std::move(file)) {}
    Result<void> read(const nlohmann::json& document);
    Result<void> change(std::vector<Added> added, std::vector<Removed> removed);

    std::filesystem::path file_;
    std::vector<Added> added_;
    std::vector<Removed> removed_;
};

}  // namespace berth::host::supervisor
