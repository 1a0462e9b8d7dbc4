// SPDX-License-Identifier: MIT
/// A verdict on a library file: what `berth doctor` says.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "elf/findings.hpp"
#include "roles/doctor/try_out.hpp"
#include "worker/manifest.hpp"

namespace berth::host::roles {

struct Diagnosis {
    std::filesystem::path file;
    std::string project;                  ///< the file's stem, or the name that its table declares
    std::optional<elf::Library> library;  ///< absent when the file can not be read as one
    nlohmann::json table;                 ///< as in `projects`; null when it is faulty, or only running tells it
    nlohmann::json events;                ///< of the trial: calls by event; null when there was none
    std::vector<elf::Finding> findings;   ///< errors first, notes last

    [[nodiscard]] std::size_t count(elf::Finding::Severity severity) const;
    /// Adds findings, and puts all in order.
    void add(std::vector<elf::Finding> more);
};

/// Without running or mapping any of it: the rules of host/elf, with what this machine has of what it needs, and the
/// rules of the worker for the table, as far as the file shows it. `shares_process`: as for isolation "none".
[[nodiscard]] Diagnosis examine(const std::filesystem::path& file, bool shares_process);

/// The name that its table declares, as far as the file shows it, else the file's. The file may be anything.
[[nodiscard]] std::string project_name_of(const std::filesystem::path& library);

/// Tries it out in a process of its own, unless there are errors already, and adds what that shows. [main thread]
Result<void> run(Diagnosis& diagnosis, const TryOut::Options& options);

/// Takes a sentence "what; what next" apart; `remedy` where it has no second half.
[[nodiscard]] elf::Finding finding_of(std::string id, elf::Finding::Severity severity, const std::string& sentence,
                                      std::string_view remedy);

/// That its annotation has no unit.
[[nodiscard]] std::optional<elf::Finding> interval_finding(const worker::Manifest& manifest);

/// {file, project, verdict, errors, warnings, notes, library, table, events, findings}: what `--json` prints.
[[nodiscard]] nlohmann::json json_of(const Diagnosis& diagnosis);

}  // namespace berth::host::roles
