// SPDX-License-Identifier: MIT
#include "cli/new_project.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <iterator>

namespace berth::host::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_rule =
    "1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit";

bool is_one_of(std::string_view word, auto& words) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::string list_of(auto& words) {
    std::string list;
    for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
    return list;
}

/// The name with what it may not have taken out, as a proposal.
std::string tamed(std::string_view name) {
    std::string tame;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '_' || c == '-');
        if (is_plain && !(tame.empty() && (c == '_' || c == '-'))) tame += static_cast<char>(std::tolower(byte));
        if (c == ' ' || c == '.') tame += '-';
    }
    return tame.substr(0, 64);
}

/// A cargo package's name.
std::string crate_name(std::string_view name) {
    std::string crate(name);
    std::replace(crate.begin(), crate.end(), '-', '_');
    return std::isdigit(static_cast<unsigned char>(crate.front())) != 0 ? "project_" + crate : crate;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

/// The part that a file or folder belongs to; empty: to every project.
std::string part_of(const fs::path& relative) {
    const std::string stem = (*relative.begin()).stem().string();
    const std::string last = relative.stem().string();
    if (stem == "page") return "page";
    return last == "test" || last == "tests" ? "test" : "";
}

Result<std::string> read_whole(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail_errno(file.string(), errno);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<void> write_whole(const fs::path& file, const std::string& text) {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) return fail_errno(file.string(), errno == 0 ? EIO : errno);
    return {};
}

/// Goes with what was half written.
class Temporary {
public:
    explicit Temporary(std::string path) : path_(std::move(path)) {}
    ~Temporary() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    void keep() { path_.clear(); }

private:
    std::string path_;
};

/// Copies one folder of the template; its files go into `files`.
Result<void> copy_folder(const fs::path& from, const fs::path& to, const std::string& prefix, const NewProject& project,
                         std::vector<std::string>& files) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(from, error)) {
        if (!entry.is_regular_file()) continue;
        const fs::path relative = prefix / fs::relative(entry.path(), from);
        const std::string part = part_of(relative);
        if (!part.empty() && !project.parts.contains(part)) continue;
        const auto text = read_whole(entry.path());
        if (!text) return tl::unexpected(text.error());
        const auto expanded = expand(*text, project);
        if (!expanded) return fail("template " + relative.string() + ": ", expanded.error());
        BERTH_TRY(write_whole(to / relative, *expanded));
        files.push_back(relative.string());
    }
    if (error) return fail(Code::not_found, "template " + from.string() + ": " + error.message());
    return {};
}

Result<void> check(const NewProject& project, const std::string& name) {
    if (!is_one_of(project.language, languages))
        return fail(Code::invalid, "there is no language \"" + project.language + "\": use " + list_of(languages));
    for (const std::string& part : project.parts) {
        if (!is_one_of(part, project_parts))
            return fail(Code::invalid, "there is no part \"" + part + "\": use " + list_of(project_parts));
    }
    if (const std::string problem = problem_of_name(name, project.language); !problem.empty())
        return fail(Code::invalid, problem);
    return {};
}

}  // namespace

std::string problem_of_name(std::string_view name, std::string_view language) {
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const bool is_name = !name.empty() && name.size() <= 64 && is_plain(name.front()) &&
                         std::all_of(name.begin(), name.end(),
                                     [&](char c) { return is_plain(c) || c == '_' || c == '-'; });
    if (!is_name) {
        const std::string proposal = tamed(name);
        return "\"" + std::string(name) + "\" is no project name: " + std::string(name_rule) +
               (proposal.empty() ? "" : "; such as " + proposal);
    }
    // Targets that CMake makes itself.
    constexpr std::string_view taken[] = {"all", "clean", "edit_cache", "help", "install", "list_install_components",
                                          "package", "package_source", "preinstall", "rebuild_cache", "test"};
    if (language != "rust" && is_one_of(name, taken))
        return "\"" + std::string(name) + "\" is a name that CMake keeps for itself: choose another, such as my-" +
               std::string(name);
    return {};
}

std::string class_name(std::string_view name) {
    std::string type;
    bool begins = true;
    for (const char c : name) {
        if (c == '-' || c == '_') {
            begins = true;
        } else {
            type += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
            begins = false;
        }
    }
    const bool is_number = std::isdigit(static_cast<unsigned char>(type.front())) != 0;
    // The names that the sources of the template use themselves.
    constexpr std::string_view used[] = {"Project", "Here", "Message", "Outcome", "Admission", "Some", "None",
                                         "Ok",      "Err",  "Self",    "String",  "Result"};
    return is_number || is_one_of(type, used) ? "The" + type : type;
}

Result<std::string> expand(std::string_view text, const NewProject& project) {
    const std::string name = project.directory.filename().string();
    std::string expanded;
    std::vector<bool> is_in{true};
    int number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        std::string line(text.substr(0, end));
        text.remove_prefix(end);
        ++number;
        const auto condition = [&](std::string_view word) {
            return line.substr(word.size(), line.find('\n') - word.size());
        };
        if (line.starts_with("%if ")) {
            is_in.push_back(project.parts.contains(condition("%if ")));
        } else if (line.starts_with("%unless ")) {
            is_in.push_back(!project.parts.contains(condition("%unless ")));
        } else if (line.starts_with("%end")) {
            if (is_in.size() == 1) return fail(Code::invalid, "line " + std::to_string(number) + ": %end without %if");
            is_in.pop_back();
        } else if (std::find(is_in.begin(), is_in.end(), false) == is_in.end() &&
                   line.find("SPDX-License-Identifier") == std::string::npos) {
            replace_all(line, "%NAME%", name);
            replace_all(line, "%CLASS%", class_name(name));
            replace_all(line, "%CRATE%", crate_name(name));
            expanded += line;
        }
    }
    if (is_in.size() != 1) return fail(Code::invalid, "line " + std::to_string(number) + ": %end is missing");
    return expanded;
}

Result<std::vector<std::string>> write_project(const fs::path& templates, const NewProject& project) {
    const std::string name = project.directory.filename().string();
    BERTH_TRY(check(project, name));
    std::error_code error;
    if (fs::symlink_status(project.directory, error).type() != fs::file_type::not_found)
        return fail(Code::failed, project.directory.string() +
                                      " is there already: choose another name, or take it away first");
    const fs::path parent = project.directory.has_parent_path() ? project.directory.parent_path() : fs::path(".");
    if (!fs::is_directory(parent, error))
        return fail(Code::not_found, parent.string() + " is no directory: make it first");

    std::string pattern = (parent / ("." + name + ".XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) return fail_errno("a directory in " + parent.string(), errno);
    Temporary temporary(pattern);
    std::vector<std::string> files;
    BERTH_TRY(copy_folder(templates / project.language, pattern, "", project, files));
    if (project.parts.contains("page"))
        BERTH_TRY(copy_folder(templates / "page", pattern, "page", project, files));
    // As any other directory that the author makes; mkdtemp's is for nobody else.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    fs::permissions(pattern, static_cast<fs::perms>(0777 & ~mask), error);
    // Whoever made that directory meanwhile keeps it.
    if (::renameat2(AT_FDCWD, pattern.c_str(), AT_FDCWD, project.directory.c_str(), RENAME_NOREPLACE) != 0)
        return fail_errno(project.directory.string(), errno);
    temporary.keep();
    std::sort(files.begin(), files.end());
    return files;
}

Result<fs::path> find_templates() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path beside = program.parent_path().parent_path() / "share/berth/template";
    if (!error && fs::is_directory(beside / "cpp", error)) return beside;
    return fail(Code::not_found, "the template is not there (" + beside.string() +
                                     "): install Berth's files for authors, or name it with --template");
}

}  // namespace berth::host::cli
