// SPDX-License-Identifier: MIT
#include "config/effective.hpp"

#include <nlohmann/json.hpp>

#include "config/format.hpp"
#include "config/keys.hpp"

namespace berth::host::config {
namespace {

/// Hears every value with its place, in the order of the file.
class Visitor {
public:
    virtual ~Visitor() = default;
    /// A table begins: "[host]", "[[listen]]"; sub-tables follow with their names inside it.
    virtual void table(const std::string& header) = 0;
    /// A value as TOML and JSON; `full_key` names it everywhere.
    virtual void value(const std::string& sub_table, const std::string& key, const std::string& full_key,
                       const std::string& toml, const std::string& json, const std::string& origin) = 0;
};

class Tour {
public:
    Tour(const Loaded& loaded, Visitor& visitor)
        : config_(loaded.config), origins_(loaded.origins), visitor_(visitor) {}

    void all() {
        visitor_.table("host");
        section(Section::host, {.host = &config_.host}, "host");
        for (std::size_t i = 0; i < config_.listen.size(); ++i) {
            visitor_.table("[listen]");
            section(Section::listen, {.listen = &config_.listen[i]}, "listen." + std::to_string(i));
        }
        if (config_.pages) {
            visitor_.table("pages");
            section(Section::pages, {.pages = &*config_.pages}, "pages");
        }
        visitor_.table("defaults");
        section(Section::general, {.project = &config_.defaults}, "defaults");
        for (auto& [name, project] : config_.projects) {
            visitor_.table("project." + name);
            // Single values first: TOML has a table's own keys before its sub-tables.
            for (const bool nested : {false, true}) {
                section(Section::general, {.project = &project}, "project." + name, nested);
                section(Section::specific, {.project = &project}, "project." + name, nested);
            }
        }
    }

private:
    void section(Section section_wanted, Scope scope, const std::string& name,
                 std::optional<bool> nested = {}) {
        for (const Key& key : keys()) {
            if (key.section != section_wanted) continue;
            const std::size_t dot = key.name.rfind('.');
            const bool is_nested = dot != std::string_view::npos || key.kind == Kind::settings;
            if (nested && *nested != is_nested) continue;
            const std::string full_key = name + "." + std::string(key.name);
            if (key.kind == Kind::path_table) {
                for (const auto& [prefix, directory] : scope.pages->static_files)
                    visitor_.value(std::string(key.name), in_quotes(prefix),
                                   full_key + "." + in_quotes(prefix), in_quotes(directory.string()),
                                   nlohmann::json(directory.string()).dump(),
                                   origin_of(full_key + "." + in_quotes(prefix)));
            } else if (key.kind == Kind::settings) {
                for (const Setting& setting : scope.project->settings) {
                    const std::string toml = is_secret(setting) ? "\"(not shown)\"" : toml_of(setting);
                    const std::string json = is_secret(setting) ? "\"(not shown)\"" : json_of(setting);
                    visitor_.value(std::string(key.name), in_quotes(setting.key),
                                   full_key + "." + setting.key, toml, json,
                                   origin_of(full_key + "." + setting.key));
                }
            } else if (const std::string toml = toml_of(key, scope); !toml.empty()) {
                visitor_.value(dot == std::string_view::npos ? "" : std::string(key.name.substr(0, dot)),
                               std::string(key.name.substr(dot == std::string_view::npos ? 0 : dot + 1)),
                               full_key, toml, json_of(key, scope), origin_of(full_key));
            }
        }
    }

    [[nodiscard]] std::string origin_of(const std::string& full_key) const {
        const auto found = origins_.find(full_key);
        const bool of_project = full_key.starts_with("project.");
        if (found != origins_.end()) return (of_project ? "specific, " : "") + found->second.text();
        if (of_project) {
            const std::string general = "defaults" + full_key.substr(full_key.find('.', 8));
            if (const auto inherited = origins_.find(general); inherited != origins_.end())
                return "general, " + inherited->second.text();
        }
        return "default";
    }

    Config config_;  // A copy: fields are reached through pointers that may write.
    const Origins& origins_;
    Visitor& visitor_;
};

class TomlWriter : public Visitor {
public:
    void table(const std::string& header) override {
        header_ = header;
        sub_table_.clear();
        text_ += (text_.empty() ? "[" : "\n[") + header + "]\n";
    }
    void value(const std::string& sub_table, const std::string& key, const std::string&,
               const std::string& toml, const std::string&, const std::string& origin) override {
        if (sub_table != sub_table_) {
            const bool is_array = header_.starts_with('[');
            text_ += "\n[" + (is_array ? header_.substr(1, header_.size() - 2) : header_) + "." + sub_table +
                     "]\n";
            sub_table_ = sub_table;
        }
        std::string line = key + " = " + toml;
        constexpr std::size_t comment_column = 40;
        if (line.size() < comment_column) line.resize(comment_column, ' ');
        text_ += line + "  # " + origin + "\n";
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string header_;
    std::string sub_table_;
    std::string text_;
};

class JsonWriter : public Visitor {
public:
    void table(const std::string&) override {}
    void value(const std::string&, const std::string&, const std::string& full_key, const std::string&,
               const std::string& json, const std::string& origin) override {
        object_[full_key] = {{"value", nlohmann::ordered_json::parse(json)}, {"origin", origin}};
    }
    [[nodiscard]] std::string take() const {
        return object_.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    }

private:
    nlohmann::ordered_json object_ = nlohmann::ordered_json::object();
};

}  // namespace

std::string effective_toml(const Loaded& loaded) {
    TomlWriter writer;
    Tour(loaded, writer).all();
    return writer.take();
}

std::string effective_json(const Loaded& loaded) {
    JsonWriter writer;
    Tour(loaded, writer).all();
    return writer.take();
}

}  // namespace berth::host::config
