// SPDX-License-Identifier: MIT
/// Private copies of libraries under their hash: the deployed file itself is never loaded, because copying over a
/// mapped library kills its process (RELIABILITY §0.1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace berth::host::supervisor {

/// What tells one content of a path from another without reading it.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;  ///< owner and mode too

    bool operator==(const FileIdentity&) const = default;
};

struct StagedLibrary {
    std::filesystem::path path;  ///< STAGING/SHA256/FILENAME, or NAME.so with a name of its own
    std::string sha256;
};

/// Copies `file` into the staging directory: a regular file (no link) that belongs to root or this user and that
/// nobody else may write, unchanged while it was read. The copy is on the disk when this returns. Code::unavailable:
/// the file changed meanwhile, look again. With a `name` the copy is called NAME.so: one content may be two projects,
/// and each needs a mapping of its own. Blocks. [any thread]
Result<StagedLibrary> stage(const std::filesystem::path& file, const std::filesystem::path& staging,
                            const std::string& name = {});

/// Removes every staged copy but those that `is_kept`, and what an earlier host left half-made. Only before the first
/// `stage`.
void clear_staging(const std::filesystem::path& staging, const std::function<bool(const StagedLibrary&)>& is_kept);
/// Removes one copy; a process that has it loaded keeps it.
void discard(const StagedLibrary& library);

}  // namespace berth::host::supervisor
