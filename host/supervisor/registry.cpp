// SPDX-License-Identifier: MIT
#include "supervisor/registry.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "supervisor/json_values.hpp"
#include "supervisor/replace_file.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

constexpr int registry_version = 1;
constexpr std::uintmax_t registry_bytes_max = 16u << 20;

template <class Entry>
auto find_file(const std::vector<Entry>& entries, const std::filesystem::path& file) {
    return std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.file == file; });
}

template <class Entry>
void erase_file(std::vector<Entry>& entries, const std::filesystem::path& file) {
    std::erase_if(entries, [&](const Entry& entry) { return entry.file == file; });
}

}  // namespace

Result<Registry> Registry::open(std::filesystem::path file) {
    Registry registry(std::move(file));
    std::error_code error;
    const auto size = std::filesystem::file_size(registry.file_, error);
    if (error == std::errc::no_such_file_or_directory) return registry;
    std::ostringstream text;
    if (!error && size <= registry_bytes_max) text << std::ifstream(registry.file_).rdbuf();
    const json document = json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
    if (auto read = registry.read(document); !read) {
        return fail(Code::failed, registry.file_.string() + ": " + read.error().message +
                                      "; it says which libraries were added and removed: mend it, or move it away and "
                                      "add and remove them again");
    }
    return registry;
}

Result<void> Registry::read(const json& document) {
    if (!document.is_object()) return fail(Code::invalid, "it cannot be read, or is no JSON object");
    if (number_of(document, "version") != registry_version) return fail(Code::invalid, "its version is not 1");
    for (const json& entry : array_of(document, "added")) {
        Added added{.file = text_of(entry, "file"), .name = text_of(entry, "name")};
        if (!added.file.is_absolute()) return fail(Code::invalid, "an entry of added has no absolute file");
        added_.push_back(std::move(added));
    }
    for (const json& entry : array_of(document, "removed")) {
        Removed removed{.file = text_of(entry, "file"),
                        .size = number_of(entry, "size"),
                        .modified_ns = number_of(entry, "modified_ns")};
        if (!removed.file.is_absolute()) return fail(Code::invalid, "an entry of removed has no absolute file");
        removed_.push_back(std::move(removed));
    }
    return {};
}

const Registry::Added* Registry::find(const std::filesystem::path& file) const {
    const auto found = find_file(added_, file);
    return found == added_.end() ? nullptr : &*found;
}

bool Registry::is_removed(const PluginFile& file) const {
    const auto found = find_file(removed_, file.path);
    return found != removed_.end() && found->size == file.identity.size &&
           found->modified_ns == file.identity.modified_ns;
}

std::vector<PluginFile> Registry::files(const std::vector<PluginFile>& plugins) const {
    std::vector<PluginFile> files;
    for (const PluginFile& plugin : plugins) {
        if (is_removed(plugin)) continue;
        files.push_back(plugin);
        if (const Added* const added = find(plugin.path)) files.back().name = added->name;
    }
    for (const Added& added : added_) {
        const bool is_listed = std::any_of(plugins.begin(), plugins.end(),
                                           [&](const PluginFile& plugin) { return plugin.path == added.file; });
        if (is_listed) continue;
        if (auto file = look_at(added.file)) {
            file->name = added.name;
            files.push_back(std::move(*file));
        }
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

Result<void> Registry::add(const std::filesystem::path& file, const std::string& name, bool is_plugin) {
    auto added = added_;
    auto removed = removed_;
    erase_file(added, file);
    erase_file(removed, file);
    if (!is_plugin || !name.empty()) added.push_back({.file = file, .name = name});
    return change(std::move(added), std::move(removed));
}

Result<void> Registry::remove(const std::filesystem::path& file, const std::optional<PluginFile>& content) {
    auto added = added_;
    auto removed = removed_;
    erase_file(added, file);
    erase_file(removed, file);
    // Files that are gone need not be remembered: what comes in their place is new.
    std::erase_if(removed, [](const Removed& entry) { return !look_at(entry.file); });
    if (content) {
        removed.push_back(
            {.file = file, .size = content->identity.size, .modified_ns = content->identity.modified_ns});
    }
    return change(std::move(added), std::move(removed));
}

Result<void> Registry::change(std::vector<Added> added, std::vector<Removed> removed) {
    json document{{"version", registry_version}, {"added", json::array()}, {"removed", json::array()}};
    for (const Added& entry : added) document["added"].push_back({{"file", entry.file.string()}, {"name", entry.name}});
    for (const Removed& entry : removed) {
        document["removed"].push_back(
            {{"file", entry.file.string()}, {"size", entry.size}, {"modified_ns", std::to_string(entry.modified_ns)}});
    }
    BERTH_TRY(replace_file(file_, document.dump(2, ' ', false, json::error_handler_t::replace) + "\n"));
    added_ = std::move(added);
    removed_ = std::move(removed);
    return {};
}

}  // namespace berth::host::supervisor
