// SPDX-License-Identifier: MIT
/// What a library file says about itself, read from its bytes without running any of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "elf/finding.hpp"

namespace berth::host::elf {

/// Values of the header's machine field that have a name here; others are shown as a number.
enum class Machine : std::uint16_t { i386 = 3, arm = 40, x86_64 = 62, aarch64 = 183, riscv = 243 };

enum class Type : std::uint16_t { relocatable = 1, executable = 2, shared = 3, core = 4 };

/// The note made by BERTH_EXPORT_PROJECT.
struct AbiNote {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
};

/// A version of symbols that another library must have.
struct VersionNeed {
    std::string file;     ///< "libc.so.6"
    std::string version;  ///< "GLIBC_2.34"
    bool is_weak = false; ///< its absence is only warned about
};

/// Symbols are those that the dynamic loader finds: a library that exports nothing may show none.
struct Library {
    Machine machine = Machine::x86_64;
    Type type = Type::shared;
    bool is_pie = false;  ///< a program linked to be loaded anywhere
    std::string soname;
    std::vector<std::string> needed;           ///< in the order of the file
    std::string run_path;                      ///< DT_RUNPATH, else DT_RPATH
    bool run_path_is_inherited = false;        ///< DT_RPATH: what it needs is searched there too
    bool ignores_default_directories = false;  ///< DF_1_NODEFLIB
    std::vector<std::string> exports;          ///< defined, global or weak, default visibility; sorted
    std::vector<std::string> unique_symbols;   ///< of them, STB_GNU_UNIQUE; sorted
    std::vector<std::string> absolute_symbols; ///< as exports, but with fixed values: most name versions; sorted
    std::vector<std::string> undefined;        ///< needed from elsewhere, weak ones left out; sorted
    std::vector<VersionNeed> version_needs;    ///< in the order of the file
    std::vector<std::string> defined_versions; ///< sorted; empty: its symbols have none
    bool has_tls = false;                      ///< a thread-local segment
    std::vector<std::string> thread_local_symbols;  ///< as far as the file names them; sorted
    bool executable_stack = false;
    bool has_text_relocations = false;
    bool has_debug_data = false;  ///< in the file, or named by a link to a file of its own
    std::string build_id;  ///< lower-case hexadecimal; empty when absent
    std::optional<AbiNote> abi_note;

    /// Whether berth_project_v1 is among the exports.
    [[nodiscard]] bool has_entry() const;
};

/// Reads any bytes safely: every offset is checked against the end. What cannot be read at all
/// comes back as the finding that says why. 64-bit little-endian only; others are findings.
[[nodiscard]] tl::expected<Library, Finding> read(std::span<const std::byte> file);

/// All bytes of a regular file of at most 1 GiB; the finding says why not.
[[nodiscard]] tl::expected<std::vector<std::byte>, Finding> read_file(const std::filesystem::path& path);

/// As above for a file: a regular one of at most 1 GiB, read whole.
[[nodiscard]] tl::expected<Library, Finding> read(const std::filesystem::path& path);

/// As above for the program of this process. Its file is mapped: while it runs nobody can cut it off (ETXTBSY), and with its
/// debug data it may be large.
[[nodiscard]] tl::expected<Library, Finding> read_this_program();

/// "x86-64", "aarch64", "machine 9".
[[nodiscard]] std::string name_of(Machine machine);
/// The machine this program was compiled for.
[[nodiscard]] Machine this_machine();

}  // namespace berth::host::elf
