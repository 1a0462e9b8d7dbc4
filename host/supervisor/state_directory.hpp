// SPDX-License-Identifier: MIT
/// STATE: one host at a time, a private folder for staged libraries, a data folder per project.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "supervisor/spawn.hpp"

namespace berth::host::supervisor {

/// Holds the lock of the directory as long as it lives.
class StateDirectory {
public:
    /// Fails when another host holds the directory; makes nothing.
    static Result<void> check_free(const std::filesystem::path& path);
    /// Makes the directory when it is missing, open to the projects' user whatever the umask. Fails when another host holds it; the sentence names its process.
    static Result<StateDirectory> open(const std::filesystem::path& path);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path staging() const { return path_ / "staging"; }
    /// STATE/PROJECT, made when missing; it belongs to the user that the project runs as.
    Result<std::filesystem::path> data_of(const std::string& project, const std::optional<User>& user) const;

private:
    StateDirectory(std::filesystem::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    UniqueFd lock_;
};

}  // namespace berth::host::supervisor
