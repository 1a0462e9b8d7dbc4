// SPDX-License-Identifier: MIT
/// Where the dynamic loader would find a needed library.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/cache.hpp"
#include "elf/library.hpp"

namespace berth::host::elf {

/// What the loader knows besides the libraries.
struct SearchSettings {
    std::string library_path{};  ///< LD_LIBRARY_PATH
    std::string preload{};       ///< LD_PRELOAD
    std::filesystem::path cache = "/etc/ld.so.cache";
    std::vector<std::filesystem::path> default_directories{};

    /// Those of a process that this one starts; the default directories of Debian and of others.
    static SearchSettings of_this_process();
};

/// A library that asks for others.
struct Requester {
    const Library* library = nullptr;
    std::filesystem::path directory{};     ///< what $ORIGIN stands for; empty: not to be relied on
    const Requester* loaded_by = nullptr;  ///< whose DT_RPATH counts too
};

/// Order, as ld.so(8): DT_RPATH of the library and of those that loaded it (unless it has a DT_RUNPATH),
/// LD_LIBRARY_PATH, DT_RUNPATH, the cache, the default directories. Files of other machines are passed over.
/// Immutable. [any thread]
class Search {
public:
    explicit Search(SearchSettings settings);

    /// A name with a slash is a path. Nothing when there is none.
    [[nodiscard]] std::optional<std::filesystem::path> find(const std::string& name, const Requester& requester) const;
    [[nodiscard]] const SearchSettings& settings() const { return settings_; }

private:
    const SearchSettings settings_;
    LoaderCache cache_;
};

/// The directories of a run path, with $ORIGIN and $LIB put in; those that need an unknown directory, or name the
/// processor, are left out.
[[nodiscard]] std::vector<std::filesystem::path> run_path_directories(std::string_view run_path,
                                                                      const std::filesystem::path& origin);

}  // namespace berth::host::elf
