// SPDX-License-Identifier: MIT
/// What a library needs from others, and whether this machine has it: the dynamic loader's work without loading.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "elf/library.hpp"
#include "elf/search.hpp"

namespace berth::host::elf {

/// What is missing: each library once, and of libraries and of versions the first twenty. `needed_by` is the file name of a library that is needed in turn; empty: the library itself.
struct Linkage {
    struct Missing {
        std::string name;
        std::string needed_by;
    };
    struct MissingVersion {
        VersionNeed need;
        std::string newest;  ///< of the same series, that the library found here has; may be empty
        std::string needed_by;
    };
    std::vector<Missing> libraries;
    std::vector<Missing> symbols;
    std::vector<MissingVersion> versions;
    std::vector<std::string> unread;  ///< found, but not readable: symbols were then not looked for
};

/// Whether one version is later than another of the same series, as GLIBC_2.38 than GLIBC_2.9.
[[nodiscard]] bool is_newer(const std::string& version, const std::string& other);

/// Resolves needs as a worker's process would: its program's libraries are there already, then come the library's own
/// by Search, and theirs. Symbols are looked for by name, versions by library. Reads files of the system, keeps what
/// the program has. [any thread]
class Linker {
public:
    explicit Linker(SearchSettings settings = SearchSettings::of_this_process());
    ~Linker();

    /// The library as it is loaded: from the host's private copy, so that $ORIGIN leads nowhere.
    [[nodiscard]] Linkage link(const Library& library) const;

private:
    struct Object;
    class Scope;
    const Search search_;
    std::unique_ptr<const Scope> program_;
    std::vector<std::string> unread_;  ///< of the program's
};

}  // namespace berth::host::elf
