// SPDX-License-Identifier: MIT
/// Writes a project from the template: the whole of it, or nothing.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::host::cli {

/// What an author asks for.
struct NewProject {
    std::filesystem::path directory;  ///< to be made; its last part is the project's name
    std::string language = "cpp";     ///< cpp, c or rust
    std::set<std::string> parts{};    ///< database, page, test
};

inline constexpr std::string_view languages[] = {"cpp", "c", "rust"};
inline constexpr std::string_view project_parts[] = {"database", "page", "test"};

/// Why a project can't be called so in that language; empty: it can.
[[nodiscard]] std::string problem_of_name(std::string_view name, std::string_view language);
/// "my-chat" as the name of a type: "MyChat"; never one that begins with a digit.
[[nodiscard]] std::string class_name(std::string_view name);

/// One file of the template, with its names put in and the parts that were not asked for left out. An error names
/// the line.
[[nodiscard]] Result<std::string> expand(std::string_view text, const NewProject& project);

/// Writes into a temporary directory beside the wanted one and renames it. Code::invalid: name, language or parts;
/// Code::failed: something is there already. Answers the files, relative, in order.
[[nodiscard]] Result<std::vector<std::string>> write_project(const std::filesystem::path& templates,
                                                             const NewProject& project);

/// Where the installed template is, from this program's own place; Code::not_found when it is not there.
[[nodiscard]] Result<std::filesystem::path> find_templates();

}  // namespace berth::host::cli
