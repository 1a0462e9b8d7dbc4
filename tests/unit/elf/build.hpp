// SPDX-License-Identifier: MIT
/// Libraries that the test builds with the compiler of this build, and bytes to spoil.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "elf/findings.hpp"

namespace berth::host::elf {

using File = std::vector<std::byte>;

/// The source of a project in C that does nothing.
inline constexpr const char* plain_project = R"(
#include <berth/berth.h>
static const berth_project table = {.struct_size = sizeof(berth_project)};
BERTH_EXPORT_PROJECT(table);
)";

/// Hides everything but the entry, as the SDK's CMake function does.
inline constexpr const char* hiding = "-fvisibility=hidden";

class Builder {
public:
    Builder();
    ~Builder();
    Builder(const Builder&) = delete;
    Builder& operator=(const Builder&) = delete;

    /// Compiles a source ("x.c" or "x.cpp") and links it with these options; fails the test when it can't.
    [[nodiscard]] std::filesystem::path build(const std::string& language, const std::string& source,
                                              const std::string& options = "-shared -fPIC") const;
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

private:
    std::filesystem::path directory_;
};

/// A small project's library, built once.
[[nodiscard]] const File& good_file();

[[nodiscard]] File bytes_of(const std::filesystem::path& path);

/// Writes a value over the bytes at an offset.
template <class T>
void patch(File& file, std::size_t offset, T value) {
    ASSERT_LE(offset + sizeof value, file.size());
    std::memcpy(file.data() + offset, &value, sizeof value);
}

/// "error ID: TEXT" or "warning ID: TEXT" for each finding that is more than a note.
[[nodiscard]] std::vector<std::string> said(const Report& report);
/// The text of the refusal; empty without one.
[[nodiscard]] std::string refusal_of(const File& file, const Rules& rules = {});

}  // namespace berth::host::elf
