// SPDX-License-Identifier: MIT
/// What a trial does, as it travels to the process that does it, and the words in which that process reports.
///
/// The report is one JSON object a line on descriptor 3: {"step": WORDS} before each step, which is one event where clients speak, {"finding": {id, severity,
/// sentence, remedy}}, {"project": {...}} with what the table says, {"events": {NAME: {calls, longest_ms}}}, and
/// {"end": true} when all was done.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "elf/finding.hpp"

namespace berth::host::roles {

inline constexpr int trial_report_fd = 3;
inline constexpr int trial_slots_fd = 4;

struct TrialPlan {
    std::filesystem::path library;    ///< a private copy
    std::string project;              ///< the name, unless its table has one
    std::filesystem::path directory;  ///< for its data; removed afterwards
    std::string path;                 ///< that the clients ask for; may have a query
    std::vector<std::string> subprotocols{};  ///< that they offer
    std::vector<std::string> messages{};      ///< that each of them sends, as text
    std::uint64_t rounds = 20;                ///< clients in each of the series that show what is kept, at most
    Milliseconds series_limit{10'000};        ///< for all the series: slow events make them shorter
    Milliseconds stop_limit{7'500};           ///< for all that a stop does; less than each step has
};

[[nodiscard]] std::string text_of(const TrialPlan& plan);
/// Nothing when the text is no plan.
[[nodiscard]] std::optional<TrialPlan> plan_of(const std::string& text);

[[nodiscard]] nlohmann::json json_of(const elf::Finding& finding);
/// Nothing when it is none: the process that reports runs a library of unknown origin.
[[nodiscard]] std::optional<elf::Finding> finding_in(const nlohmann::json& json);

/// Runs the plan in this process, which is there for nothing else, and answers its exit code.
int run_trial(const std::string& plan);

}  // namespace berth::host::roles
