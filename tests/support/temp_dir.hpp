// SPDX-License-Identifier: MIT
/// A directory of a test's own.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace berth::test {

/// Made under $TMPDIR (or /tmp) with a unique name and mode 0700, removed with everything in it.
class TempDir {
public:
    explicit TempDir(std::string_view prefix = "berth-test");
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

    /// Leaves the directory behind, for somebody who wants to look at it.
    void keep() { kept_ = true; }

private:
    std::filesystem::path path_;
    bool kept_ = false;
};

/// The whole of a file; empty when it cannot be read.
std::string read_file(const std::filesystem::path& file);
/// Writes a whole file, throws std::runtime_error when that fails.
void write_file(const std::filesystem::path& file, std::string_view content);
/// Copies a library as a careful operator does: under another name first, then renamed into place.
void install_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace berth::test
