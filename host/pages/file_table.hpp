// SPDX-License-Identifier: MIT
/// The files that are served: read once at start, found by exact path (RELIABILITY C12).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::host::pages {

/// No path of a request ever reaches the file system: a request's path is a key of this table or nothing.
/// Symbolic links, hidden files and what is neither a file nor a directory are left out.
class FileTable {
public:
    struct Limits {
        std::size_t files_max = 2000;
        std::uint64_t file_bytes_max = 16u << 20;
        std::uint64_t total_bytes_max = 64u << 20;
        int depth_max = 16;
    };
    struct File {
        std::string body;
        std::string_view media_type;
    };

    /// Reads the directories, each under its URL prefix ("/chat"; "/" for the root). index.html of a
    /// directory answers for its path with a slash. A missing directory or a limit passed is an error that
    /// names it.
    static Result<FileTable> read(const std::map<std::string, std::filesystem::path>& prefixes,
                                  const Limits& limits);
    static Result<FileTable> read(const std::map<std::string, std::filesystem::path>& prefixes) {
        return read(prefixes, Limits{});
    }

    /// Null when the path, taken byte by byte as it stood in the request, is no key.
    [[nodiscard]] const File* find(std::string_view path) const;
    /// Whether the path lacks only the slash at its end: such a request is sent to the path with one.
    [[nodiscard]] bool is_directory_without_slash(std::string_view path) const;
    [[nodiscard]] std::size_t size() const { return files_.size(); }
    [[nodiscard]] const std::map<std::string, File, std::less<>>& files() const { return files_; }

private:
    std::map<std::string, File, std::less<>> files_;
};

/// By the end of the name; application/octet-stream when it is not known.
[[nodiscard]] std::string_view media_type_of(std::string_view name);

}  // namespace berth::host::pages
