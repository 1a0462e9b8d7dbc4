// SPDX-License-Identifier: MIT
#include "config/apply.hpp"

#include <algorithm>

#include "config/format.hpp"
#include "config/suggest.hpp"

namespace berth::host::config {
namespace {

constexpr std::size_t projects_max = 1000;
constexpr std::size_t listeners_max = 64;

/// A table of a file and where it stands: "defaults", section general.
struct Place {
    std::string full_name;  ///< "project.chat"
    Scope scope;
    bool general = false;
    bool specific = false;
    Section section = Section::host;  ///< of the other tables

    [[nodiscard]] bool has(const Key& key) const {
        if (key.section == Section::general) return general;
        if (key.section == Section::specific) return specific;
        return !general && !specific && key.section == section;
    }
};

const std::vector<std::string_view> top_names{"host", "listen", "pages", "defaults", "project"};

/// The tables under [project]; null when the layer has none or something else.
const Table* projects_of(const Table& root) {
    for (const Member& member : root)
        if (member.key == "project") return std::get_if<Table>(&member.value.front().value);
    return nullptr;
}

class Walk {
public:
    Walk(Config& config, Notes& notes) : config_(config), notes_(notes) {}

    /// Everything but the projects.
    void base(const Layer& layer) {
        source_ = &layer.source;
        for (const Member& member : layer.root) {
            const Node& node = member.value.front();
            if (member.key == "listen") {
                listeners(member, node);
            } else if (member.key == "project") {
                if (!std::holds_alternative<Table>(node.value))
                    refuse_non_table(member, "project", "[project.NAME]");
            } else if (std::find(top_names.begin(), top_names.end(), member.key) == top_names.end()) {
                unknown_at_top(member);
            } else if (const auto* table = std::get_if<Table>(&node.value); table == nullptr) {
                refuse_non_table(member, member.key);
            } else if (member.key == "host") {
                keys_of(*table,
                        {.full_name = "host", .scope = {.host = &config_.host}, .section = Section::host},
                        "");
            } else if (member.key == "defaults") {
                keys_of(*table,
                        {.full_name = "defaults", .scope = {.project = &config_.defaults}, .general = true},
                        "");
            } else {
                if (!config_.pages) config_.pages.emplace();
                note_table("pages", member);
                keys_of(
                    *table,
                    {.full_name = "pages", .scope = {.pages = &*config_.pages}, .section = Section::pages},
                    "");
            }
        }
    }

    void projects(const Layer& layer) {
        source_ = &layer.source;
        const Table* table = projects_of(layer.root);
        if (table == nullptr) return;
        for (const Member& member : *table) project(member);
    }

private:
    void project(const Member& member) {
        const std::string name = "project." + member.key;
        if (!is_project_name(member.key)) {
            notes_.wrong(source_->at(member.line, member.column), "project." + in_quotes(member.key),
                         in_quotes(member.key) +
                             " can not be a project's name: 1 to 64 of a-z, 0-9, _ and -, "
                             "a letter or digit first");
            return;
        }
        const auto* table = std::get_if<Table>(&member.value.front().value);
        if (table == nullptr) return refuse_non_table(member, name);
        if (!config_.projects.contains(member.key)) {
            if (config_.projects.size() == projects_max) {
                notes_.wrong(source_->at(member.line, member.column), name,
                             "more than " + std::to_string(projects_max) + " projects are configured");
                return;
            }
            config_.projects.emplace(member.key, config_.defaults);
        }
        note_table(name, member);
        keys_of(*table,
                {.full_name = name,
                 .scope = {.project = &config_.projects.at(member.key)},
                 .general = true,
                 .specific = true},
                "");
    }

    void listeners(const Member& member, const Node& node) {
        if (source_->kind != Origin::Kind::file) return override_listener(member, node);
        const auto* items = std::get_if<Array>(&node.value);
        if (items == nullptr) {
            notes_.wrong(source_->at(member.line, member.column), "listen",
                         "there may be several: write [[listen]] with two brackets");
            return;
        }
        if (!listen_written_) config_.listen.clear();
        listen_written_ = true;
        for (const Node& item : *items) listener(item, config_.listen.size());
    }

    /// BERTH_LISTEN__0__ADDRESS: by number, one past the last adds a listener.
    void override_listener(const Member& member, const Node& node) {
        const auto* table = std::get_if<Table>(&node.value);
        const std::string number = table == nullptr ? "" : table->front().key;
        const bool is_number =
            !number.empty() && number.size() < 4 &&
            std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!is_number || std::stoul(number) > config_.listen.size()) {
            notes_.wrong(source_->at(member.line, member.column), "listen",
                         "listeners are numbered, as in listen.0.address; there are " +
                             std::to_string(config_.listen.size()) + ", and the next number adds one");
            return;
        }
        listener(table->front().value.front(), std::stoul(number));
    }

    void listener(const Node& node, std::size_t index) {
        const std::string name = "listen." + std::to_string(index);
        const auto* table = std::get_if<Table>(&node.value);
        if (table == nullptr) {
            notes_.wrong(source_->at(node), name, "a table is expected: write [[listen]] and its keys below");
            return;
        }
        if (index == listeners_max) {
            notes_.wrong(source_->at(node), name,
                         "more than " + std::to_string(listeners_max) + " listeners");
            return;
        }
        if (index == config_.listen.size()) {
            config_.listen.emplace_back();
            notes_.origins[name] = source_->at(node);
        }
        keys_of(
            *table,
            {.full_name = name, .scope = {.listen = &config_.listen.at(index)}, .section = Section::listen},
            "");
    }

    /// The members of a table, or of a sub-table of it (`inside` is "limits.").
    void keys_of(const Table& table, const Place& place, const std::string& inside) {
        for (const Member& member : table) {
            const std::string name = inside + member.key;
            const std::string full_name = place.full_name + "." + name;
            const Node& node = member.value.front();
            const Key* key = nullptr;
            bool is_table = false;
            for (const Key& candidate : keys()) {
                if (!place.has(candidate)) continue;
                if (candidate.name == name) key = &candidate;
                is_table = is_table || candidate.name.starts_with(name + ".");
            }
            if (key != nullptr) {
                assign(*key, full_name, place.scope, node, *source_, notes_);
            } else if (is_table) {
                if (const auto* sub = std::get_if<Table>(&node.value)) {
                    keys_of(*sub, place, name + ".");
                } else {
                    refuse_non_table(member, full_name);
                }
            } else {
                unknown(member, place, inside);
            }
        }
    }

    void unknown(const Member& member, const Place& place, const std::string& inside) {
        std::vector<std::string_view> known;
        std::string elsewhere;
        for (const Key& key : keys()) {
            const std::size_t dot = key.name.rfind('.');
            const std::string_view leaf = key.name.substr(dot == std::string_view::npos ? 0 : dot + 1);
            if (leaf == member.key && elsewhere.empty()) elsewhere = key.full_name();
            if (!place.has(key) || !key.name.starts_with(inside)) continue;
            const std::string_view rest = key.name.substr(inside.size());
            known.push_back(rest.substr(0, rest.find('.')));
        }
        std::string message = "unknown key";
        if (const std::string_view meant = nearest(member.key, known); !meant.empty()) {
            message += "; did you mean " + std::string(meant) + "?";
        } else if (!elsewhere.empty()) {
            message += " here; its place is " + elsewhere;
        } else {
            message += "; known here:";
            known.erase(std::unique(known.begin(), known.end()), known.end());
            for (const std::string_view name : known)
                message += (name == known.front() ? " " : ", ") + std::string(name);
        }
        notes_.wrong(source_->at(member.line, member.column), place.full_name + "." + inside + member.key,
                     std::move(message));
    }

    void unknown_at_top(const Member& member) {
        std::string message = "unknown table";
        if (const std::string_view meant = nearest(member.key, top_names); !meant.empty()) {
            message += "; did you mean " + std::string(meant) + "?";
        } else {
            message += "; known are host, listen, pages, defaults and project.NAME";
        }
        notes_.wrong(source_->at(member.line, member.column), member.key, std::move(message));
    }

    void refuse_non_table(const Member& member, const std::string& name) {
        refuse_non_table(member, name, "[" + name + "]");
    }

    void refuse_non_table(const Member& member, const std::string& name, const std::string& header) {
        notes_.wrong(source_->at(member.line, member.column), name,
                     std::string(description(member.value.front())) +
                         " stands here, but a table is expected: " + header);
    }

    void note_table(const std::string& name, const Member& member) {
        notes_.origins.try_emplace(name, source_->at(member.line, member.column));
    }

    Config& config_;
    Notes& notes_;
    const Source* source_ = nullptr;
    bool listen_written_ = false;
};

}  // namespace

void apply(const std::vector<Layer>& layers, Config& config, Notes& notes) {
    Walk walk(config, notes);
    for (const Layer& layer : layers) walk.base(layer);
    for (const Layer& layer : layers) walk.projects(layer);
}

}  // namespace berth::host::config
