// SPDX-License-Identifier: MIT
#include "elf/findings.hpp"

#include <berth/berth.h>

#include <algorithm>
#include <string_view>

#include "elf/linkage.hpp"
#include "elf/sections.hpp"

namespace berth::host::elf {
namespace {

constexpr std::string_view entry_name = "berth_project_v1";
constexpr std::string_view entry_stem = "berth_project_v";

/// "a, b, c and 4 more".
std::string list_of(const std::vector<std::string>& names, bool is_raw = true) {
    constexpr std::size_t names_max = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), names_max); ++i)
        text += (i == 0 ? "" : ", ") + (is_raw ? shown(names[i]) : names[i]);
    if (names.size() > names_max) text += " and " + std::to_string(names.size() - names_max) + " more";
    return text;
}

std::string counted(std::size_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

class Judgement {
public:
    Judgement(const Library& library, const Rules& rules) : library_(library), rules_(rules) {}

    std::vector<Finding> all() {
        if (library_.machine != rules_.machine) {
            refuse("wrong-machine",
                   "is for " + name_of(library_.machine) + ", this machine is " + name_of(rules_.machine),
                   "build it for " + name_of(rules_.machine));
            return std::move(findings_);
        }
        if (!kind()) return std::move(findings_);
        entry_point();
        abi();
        exports();
        unique_symbols();
        if (rules_.linker != nullptr) linkage(rules_.linker->link(library_));
        properties();
        run_path();
        identity();
        std::stable_sort(findings_.begin(), findings_.end(),
                         [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
        return std::move(findings_);
    }

private:
    void refuse(std::string id, std::string sentence, std::string remedy) {
        findings_.push_back(
            {std::move(id), Finding::Severity::error, std::move(sentence), std::move(remedy)});
    }
    void warn(std::string id, std::string sentence, std::string remedy) {
        findings_.push_back({std::move(id), Finding::Severity::warning, std::move(sentence), std::move(remedy)});
    }
    void note(std::string id, std::string sentence, std::string remedy) {
        findings_.push_back({std::move(id), Finding::Severity::note, std::move(sentence), std::move(remedy)});
    }
    /// What endangers others only where they live in the same process.
    void refuse_if_shared(std::string id, std::string sentence, std::string remedy) {
        if (rules_.shares_process) {
            refuse(std::move(id), sentence + ", and isolation \"none\" can not keep it apart",
                   std::move(remedy));
        } else {
            warn(std::move(id), std::move(sentence), std::move(remedy));
        }
    }

    bool kind() {
        std::string what;
        if (library_.type == Type::relocatable) what = "an object file";
        if (library_.type == Type::executable || library_.is_pie) what = "a program";
        if (library_.type == Type::core) what = "a core file";
        if (what.empty() && library_.type != Type::shared) what = "a file of an unknown kind";
        if (what.empty()) return true;
        refuse("not-shared", "is " + what + ", not a shared library",
               "link it with -shared, as berth_add_project() does");
        return false;
    }

    void entry_point() {
        if (library_.has_entry()) return;
        for (const std::string& name : library_.exports) {
            if (name.starts_with(entry_stem)) {
                refuse("other-abi", "exports " + shown(name) + ", but this host knows " + std::string(entry_name),
                       "install a host for that interface, or build the project for this one");
                return;
            }
        }
        refuse("no-entry", "does not export " + std::string(entry_name),
               "write BERTH_PROJECT(Class) once in the project, in C BERTH_EXPORT_PROJECT(table)");
    }

    void abi() {
        const auto version = [](const AbiNote& note) {
            return std::to_string(note.major) + "." + std::to_string(note.minor);
        };
        if (!library_.abi_note) {
            if (library_.has_entry())
                warn("no-abi-note", "has no note of the interface it was built for",
                     "use BERTH_EXPORT_PROJECT instead of a function of your own");
            return;
        }
        const std::string sentence = "was built for interface " + version(*library_.abi_note) +
                                     ", this host provides " + version(rules_.provided);
        if (library_.abi_note->major != rules_.provided.major) {
            refuse("abi-major", sentence,
                   library_.abi_note->major > rules_.provided.major ? "update the host"
                                                                    : "build it with this host's SDK");
        } else if (library_.abi_note->minor > rules_.provided.minor) {
            // What it needs at least is told by its table once it is loaded (abi_minor_required).
            warn("abi-minor", sentence, "update the host if it is refused");
        }
    }

    void exports() {
        // Older linkers export where sections end.
        constexpr std::string_view harmless[] = {entry_name, "__bss_start", "_edata", "_end", "_init", "_fini"};
        std::vector<std::string> extra;
        for (const std::string& name : library_.exports)
            if (std::find(std::begin(harmless), std::end(harmless), name) == std::end(harmless))
                extra.push_back(name);
        if (extra.empty()) return;
        refuse_if_shared(
            "extra-exports",
            "exports " + counted(extra.size(), "symbol") + " besides its entry (" + list_of(extra) +
                "): other libraries may bind to them",
            "build it with berth_add_project(), or with a version script that keeps all but the entry local");
    }

    void unique_symbols() {
        if (library_.unique_symbols.empty()) return;
        refuse_if_shared("unique-symbols",
                         "has " + counted(library_.unique_symbols.size(), "unique symbol") + " (" +
                             list_of(library_.unique_symbols) +
                             "): two generations in one process share them",
                         "compile it with -fno-gnu-unique, or hide them with a version script");
    }

    void properties() {
        if (library_.executable_stack)
            warn("executable-stack", "asks for stacks that can be executed",
                 "mark its assembler files with .note.GNU-stack, or link with -z noexecstack");
        if (library_.has_text_relocations)
            warn("text-relocations", "must change its code when it is loaded",
                 "compile all of it with -fPIC");
        if (library_.has_tls) {
            std::vector<std::string> names;
            for (const std::string& name : library_.thread_local_symbols) {
                std::string text = readable(name);
                // The standard libraries of C++ and Rust, which know what they do.
                if (!text.starts_with("std::")) names.push_back(std::move(text));
            }
            if (names.empty() && !library_.thread_local_symbols.empty()) return;
            warn("thread-local",
                 "has thread-local variables" + (names.empty() ? std::string() : " (" + list_of(names) + ")") +
                     ": a context may run on another thread each time",
                 "keep what belongs to a client in its globals");
        }
    }

    /// "", or whose need it is when it is not the library's own.
    static std::string of(const std::string& needed_by) {
        return needed_by.empty() ? "" : " (for " + shown(needed_by) + ")";
    }

    /// One finding a library, one for all symbols, one for the newest version of each library.
    void linkage(const Linkage& linkage) {
        for (const auto& missing : linkage.libraries) {
            const bool is_beside = library_.run_path.find("$ORIGIN") != std::string::npos ||
                                   library_.run_path.find("${ORIGIN}") != std::string::npos;
            refuse("missing-library", "needs " + shown(missing.name) + of(missing.needed_by) + ", which this machine does not have",
                   is_beside ? "install it where the dynamic loader looks; beside the project it is not found, because the "
                               "host loads a private copy of the project"
                             : "install the package that has it, link it statically, or set an absolute run path");
        }
        for (const auto& version : newest_of(linkage.versions)) {
            const std::string has = version.newest.empty() ? ", which the one of this machine does not have"
                                                           : "; the one of this machine ends at " + shown(version.newest);
            refuse("symbol-version",
                   "needs " + shown(version.need.version) + " of " + shown(version.need.file) + of(version.needed_by) + has,
                   "build it on the oldest system that it is to run on, or update this one");
        }
        if (linkage.symbols.empty()) return;
        std::vector<std::string> names;
        for (const auto& missing : linkage.symbols) names.push_back(shown(missing.name) + of(missing.needed_by));
        refuse("missing-symbol",
               "needs " + counted(names.size(), "symbol") + " that no library has (" + list_of(names, false) + ")",
               "link what defines them; with -Wl,-z,defs, as berth_add_project() does, the linker says so");
    }

    /// Of several versions of one library the newest says enough.
    static std::vector<Linkage::MissingVersion> newest_of(const std::vector<Linkage::MissingVersion>& versions) {
        std::vector<Linkage::MissingVersion> newest;
        for (const auto& version : versions) {
            const auto same = std::find_if(newest.begin(), newest.end(), [&](const auto& other) {
                return other.need.file == version.need.file && other.needed_by == version.needed_by &&
                       !other.newest.empty() && other.newest == version.newest;
            });
            if (same == newest.end()) {
                newest.push_back(version);
            } else if (is_newer(version.need.version, same->need.version)) {
                *same = version;
            }
        }
        return newest;
    }

    void run_path() {
        if (library_.run_path.empty()) return;
        bool is_beside = false;
        for (std::string_view rest = library_.run_path;;) {
            const std::size_t colon = rest.find(':');
            const std::string_view directory = rest.substr(0, colon);
            if (directory.starts_with("$ORIGIN") || directory.starts_with("${ORIGIN}")) {
                is_beside = true;
            } else if (!directory.starts_with('/')) {
                warn("run-path",
                     "looks for libraries in \"" + shown(directory) +
                         "\", below wherever the host was started",
                     "link with an absolute run path, or with none");
                return;
            }
            if (colon == std::string_view::npos) break;
            rest.remove_prefix(colon + 1);
        }
        if (is_beside)
            warn("run-path", "looks for libraries beside itself (" + shown(library_.run_path) +
                                 "), but the host loads a private copy of it",
                 "install them where the dynamic loader looks, or link with an absolute run path");
    }

    /// By what logs, crash reports and debuggers know it.
    void identity() {
        if (library_.build_id.empty())
            note("no-build-id", "has no build id, by which crash reports and debuggers recognise it",
                 "link with -Wl,--build-id, as berth_add_project() does");
        if (!library_.has_debug_data)
            note("no-debug-data", "has no debug data: a crash is reported without lines of its source",
                 "compile with -g; it costs nothing while it runs");
    }

    const Library& library_;
    const Rules& rules_;
    std::vector<Finding> findings_;
};

Report report_of(tl::expected<Library, Finding> library, const Rules& rules) {
    if (!library) return {.library = {}, .findings = {std::move(library.error())}};
    Report report{.library = std::move(*library), .findings = {}};
    report.findings = findings(*report.library, rules);
    return report;
}

}  // namespace

std::string shown(std::string_view name) {
    constexpr std::size_t name_bytes_max = 80;
    std::string text;
    for (const char c : name.substr(0, name_bytes_max)) text += c >= 0x20 && c < 0x7f ? c : '?';
    return name.size() > name_bytes_max ? text + "..." : text;
}

Rules::Rules() : provided{.major = BERTH_ABI_MAJOR, .minor = BERTH_ABI_MINOR} {}

std::vector<Finding> findings(const Library& library, const Rules& rules) {
    return Judgement(library, rules).all();
}

const Finding* Report::refusal() const {
    return !findings.empty() && findings.front().severity == Finding::Severity::error ? &findings.front()
                                                                                       : nullptr;
}

Report inspect(const std::filesystem::path& path, const Rules& rules) {
    return report_of(read(path), rules);
}

Report inspect(std::span<const std::byte> file, const Rules& rules) {
    return report_of(read(file), rules);
}

}  // namespace berth::host::elf
