// SPDX-License-Identifier: MIT
#include "config/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <system_error>

#include "config/apply.hpp"
#include "config/rules.hpp"

extern char** environ;

namespace berth::host::config {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t file_bytes_max = 4u << 20;
constexpr std::string_view variable_prefix = "BERTH_";

fs::path working_directory() {
    std::error_code error;
    fs::path path = fs::current_path(error);
    return error ? fs::path("/") : path;
}

/// A file's text, or why it can't be had.
tl::expected<std::string, std::string> read_file(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found)
        return tl::unexpected<std::string>("there is no such file: name another one, or create it");
    if (fs::is_directory(status))
        return tl::unexpected<std::string>("this is a directory: name a file in it");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return tl::unexpected<std::string>("can not be opened: " + std::string(std::strerror(errno)));
    std::string text;
    char block[64 * 1024];
    while (file.read(block, sizeof block), file.gcount() > 0) {
        text.append(block, static_cast<std::size_t>(file.gcount()));
        if (text.size() > file_bytes_max)
            return tl::unexpected<std::string>("larger than 4 MiB: this can not be a configuration");
    }
    if (file.bad())
        return tl::unexpected<std::string>("can not be read: " + std::string(std::strerror(errno)));
    return text;
}

void add_text(std::string_view text, const std::string& name, fs::path directory, std::vector<Layer>& layers,
              Notes& notes) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    auto table = read_toml(text, name);
    if (!table) {
        notes.diagnostics.all.push_back(std::move(table.error()));
        return;
    }
    layers.push_back({{Origin::Kind::file, name, std::move(directory)}, std::move(*table)});
}

void add_file(const fs::path& path, std::vector<Layer>& layers, Notes& notes) {
    const auto text = read_file(path);
    if (!text) {
        notes.wrong({Origin::Kind::file, path.string(), 0, 0}, "", text.error());
        return;
    }
    add_text(*text, path.string(), (working_directory() / path).parent_path(), layers, notes);
}

/// conf.d/*.toml beside the main file, in the order of their names.
void add_fragments(const fs::path& main_file, std::vector<Layer>& layers, Notes& notes) {
    const fs::path directory = main_file.parent_path() / "conf.d";
    std::error_code error;
    if (!fs::exists(directory, error) && !error) return;
    std::vector<fs::path> files;
    fs::directory_iterator entry(directory, error);
    for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
        const fs::path& path = entry->path();
        if (path.extension() == ".toml" && !path.filename().string().starts_with('.')) files.push_back(path);
    }
    if (error) {
        notes.wrong({Origin::Kind::file, directory.string(), 0, 0}, "",
                    "can not be read: " + error.message());
        return;
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) add_file(file, layers, notes);
}

/// A tree with one leaf.
Table tree_of(const std::vector<std::string>& path, std::size_t at, const std::string& value) {
    Member member{.key = path[at], .value = {}};
    if (at + 1 == path.size()) {
        member.value.push_back({.value = Raw{value}});
    } else {
        member.value.push_back({.value = tree_of(path, at + 1, value)});
    }
    Table table;
    table.push_back(std::move(member));
    return table;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + separator.size());
    }
}

void add_override(Origin::Kind kind, const std::string& name, const std::vector<std::string>& path,
                  const std::string& value, std::vector<Layer>& layers, Notes& notes) {
    constexpr std::size_t depth_max = 16;
    const bool has_gap =
        std::any_of(path.begin(), path.end(), [](const std::string& part) { return part.empty(); });
    if (path.size() < 2 || path.size() > depth_max || has_gap) {
        notes.wrong({kind, name, 0, 0}, "",
                    kind == Origin::Kind::environment
                        ? "names are BERTH_TABLE__KEY with two underscores between, as in BERTH_HOST__STATE"
                        : "keys are TABLE.KEY with dots between, as in host.state");
        return;
    }
    layers.push_back({{kind, name, working_directory()}, tree_of(path, 0, value)});
}

void add_overrides(const Overrides& overrides, std::vector<Layer>& layers, Notes& notes) {
    for (const auto& [name, value] : overrides.environment) {
        if (!name.starts_with(variable_prefix) || name.find("__") == std::string::npos) continue;
        std::string key = name.substr(variable_prefix.size());
        for (char& c : key)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
        add_override(Origin::Kind::environment, name, split(key, "__"), value, layers, notes);
    }
    for (const auto& [key, value] : overrides.command_line)
        add_override(Origin::Kind::command_line, key, split(key, "."), value, layers, notes);
}

/// In the order of the layers, within a file from top to bottom.
void sort(Diagnostics& diagnostics, const std::vector<std::string>& names) {
    const auto rank = [&](const Origin& origin) {
        return std::find(names.begin(), names.end(), origin.name) - names.begin();
    };
    std::stable_sort(diagnostics.all.begin(), diagnostics.all.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) {
                         return std::make_tuple(a.where.kind, rank(a.where), a.where.line, a.where.column) <
                                std::make_tuple(b.where.kind, rank(b.where), b.where.line, b.where.column);
                     });
}

tl::expected<Loaded, Diagnostics> finish(const std::vector<Layer>& layers, const std::string& name,
                                         Notes notes) {
    Loaded loaded;
    loaded.config.host.run = default_run_directory();
    apply(layers, loaded.config, notes);
    if (loaded.config.host.control.empty())
        loaded.config.host.control = loaded.config.host.run / "control.sock";
    check_rules(loaded.config, name, notes);
    if (!notes.diagnostics.all.empty()) {
        std::vector<std::string> names;
        for (const Layer& layer : layers) names.push_back(layer.source.name);
        sort(notes.diagnostics, names);
        return tl::unexpected<Diagnostics>(std::move(notes.diagnostics));
    }
    loaded.origins = std::move(notes.origins);
    return loaded;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> process_environment() {
    std::vector<std::pair<std::string, std::string>> variables;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::size_t equals = text.find('=');
        if (text.starts_with(variable_prefix) && equals != std::string_view::npos)
            variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    std::sort(variables.begin(), variables.end());
    return variables;
}

tl::expected<Loaded, Diagnostics> load(const fs::path& main_file, const Overrides& overrides) {
    std::vector<Layer> layers;
    Notes notes;
    if (!main_file.empty()) {
        add_file(main_file, layers, notes);
        add_fragments(main_file, layers, notes);
    }
    add_overrides(overrides, layers, notes);
    return finish(layers, main_file.empty() ? "configuration" : main_file.string(), std::move(notes));
}

tl::expected<Loaded, Diagnostics> load_text(std::string_view toml, std::string_view name,
                                            const Overrides& overrides) {
    std::vector<Layer> layers;
    Notes notes;
    add_text(toml, std::string(name), working_directory(), layers, notes);
    add_overrides(overrides, layers, notes);
    return finish(layers, std::string(name), std::move(notes));
}

}  // namespace berth::host::config
