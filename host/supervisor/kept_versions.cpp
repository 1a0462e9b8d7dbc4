// SPDX-License-Identifier: MIT
#include "supervisor/kept_versions.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/log.hpp"
#include "supervisor/json_values.hpp"
#include "supervisor/replace_file.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

constexpr int versions_version = 1;
constexpr std::uintmax_t versions_bytes_max = 64u << 20;

/// Nobody but root and this user could have changed it since it was staged.
bool is_intact(const std::filesystem::path& copy) {
    struct stat status {};
    return ::lstat(copy.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_uid == 0 || status.st_uid == ::geteuid()) &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// A name without a directory, so that nothing outside of the staging directory is meant.
bool is_plain(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

json json_of(const Library& library) {
    return {{"sha256", library.staged.sha256}, {"copy", library.staged.path.filename().string()},
            {"file", library.file.path.string()}, {"name", library.file.name},
            {"manifest", library.manifest}};
}

}  // namespace

KeptVersions KeptVersions::open(std::filesystem::path file, const std::filesystem::path& staging) {
    KeptVersions kept(std::move(file));
    std::error_code error;
    const auto size = std::filesystem::file_size(kept.file_, error);
    if (error == std::errc::no_such_file_or_directory) return kept;
    std::ostringstream text;
    if (!error && size <= versions_bytes_max) text << std::ifstream(kept.file_).rdbuf();
    const json document = json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
    if (!document.is_object() || number_of(document, "version") != versions_version) {
        log::warning("the versions that projects could go back to are lost: their list cannot be read", {{"file", kept.file_.string()}});
        return kept;
    }
    kept.read(document, staging);
    return kept;
}

void KeptVersions::read(const json& document, const std::filesystem::path& staging) {
    const auto projects = document.find("projects");
    if (projects == document.end() || !projects->is_object()) return;
    for (const auto& [project, versions] : projects->items()) {
        if (!versions.is_array()) continue;
        for (const json& entry : versions) {
            const std::string sha256 = text_of(entry, "sha256"), copy = text_of(entry, "copy");
            if (!is_plain(sha256) || !is_plain(copy) || !is_intact(staging / sha256 / copy)) continue;
            const auto manifest = entry.find("manifest");
            if (manifest == entry.end() || !manifest->is_object()) continue;
            const std::filesystem::path file = text_of(entry, "file");
            projects_[project].libraries.push_back({.file = {.path = file, .stem = file.stem().string(), .name = text_of(entry, "name")},
                                                    .staged = {.path = staging / sha256 / copy, .sha256 = sha256},
                                                    .manifest = *manifest});
        }
    }
    const auto gone_back = document.find("gone_back_from");
    if (gone_back == document.end() || !gone_back->is_object()) return;
    for (auto& [project, versions] : projects_) versions.gone_back_from = text_of(*gone_back, project.c_str());
}

Versions KeptVersions::of(const std::string& project) const {
    const auto found = projects_.find(project);
    return found == projects_.end() ? Versions{} : found->second;
}

bool KeptVersions::uses(const StagedLibrary& staged) const {
    return std::any_of(projects_.begin(), projects_.end(), [&](const auto& project) {
        const auto& libraries = project.second.libraries;
        return std::any_of(libraries.begin(), libraries.end(),
                           [&](const Library& library) { return library.staged.path == staged.path; });
    });
}

void KeptVersions::keep(const std::string& project, const Versions& versions) {
    if (versions.libraries.empty()) {
        if (projects_.erase(project) == 0) return;
    } else {
        projects_[project] = versions;
    }
    json all = json::object(), gone_back = json::object();
    for (const auto& [name, of_project] : projects_) {
        json list = json::array();
        for (const Library& library : of_project.libraries) list.push_back(json_of(library));
        all[name] = std::move(list);
        if (!of_project.gone_back_from.empty()) gone_back[name] = of_project.gone_back_from;
    }
    const json document{{"version", versions_version}, {"projects", std::move(all)}, {"gone_back_from", std::move(gone_back)}};
    const auto written = replace_file(file_, document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    if (!written) {
        log::warning("the versions that the project can go back to will be forgotten at the host's end",
                     {{"project", project}, {"error", written.error().message}});
    }
}

}  // namespace berth::host::supervisor
