// SPDX-License-Identifier: MIT
#include "config/change.hpp"

#include <set>

namespace berth::host::config {
namespace {

/// Whether a key has the same value in two structs of the same kind.
bool is_same(const Key& key, Scope before, Scope after) {
    return std::visit(
        [](auto a, auto b) {
            if constexpr (!std::is_same_v<decltype(a), decltype(b)>) {
                return false;
            } else if constexpr (std::is_same_v<decltype(a), std::monostate>) {
                return true;
            } else {
                return *a == *b;
            }
        },
        key.field(before), key.field(after));
}

class Comparison {
public:
    Comparison(Config before, Config after) : before_(std::move(before)), after_(std::move(after)) {}

    std::vector<Change> all() {
        compare({Section::host}, "host.", "", {.host = &before_.host}, {.host = &after_.host});
        pages();
        compare({Section::general}, "defaults.", "", {.project = &before_.defaults}, {.project = &after_.defaults});
        std::set<std::string> names;
        for (const Config* config : {&before_, &after_})
            for (const auto& [name, project] : config->projects) names.insert(name);
        for (const std::string& name : names) {
            Project before = before_.project(name), after = after_.project(name);
            compare({Section::general, Section::specific}, "project." + name + ".", name, {.project = &before},
                    {.project = &after});
        }
        return std::move(found_);
    }

private:
    void compare(std::initializer_list<Section> sections, const std::string& table, const std::string& project,
                 Scope before, Scope after) {
        for (const Key& key : keys()) {
            for (const Section section : sections) {
                if (key.section == section && !is_same(key, before, after))
                    found_.push_back({&key, table + std::string(key.name), project});
            }
        }
    }

    /// Having pages or not is told by their address.
    void pages() {
        if (!before_.pages && !after_.pages) return;
        Pages none{.address = {.host = "", .port = 0, .ipv6 = false}};
        Pages before = before_.pages.value_or(none), after = after_.pages.value_or(none);
        compare({Section::pages}, "pages.", "", {.pages = &before}, {.pages = &after});
    }

    Config before_;
    Config after_;
    std::vector<Change> found_;
};

}  // namespace

std::vector<Change> changes(const Config& before, const Config& after) {
    return Comparison(before, after).all();
}

void take_over(Project& running, const Project& wanted) {
    Project source = wanted;
    for (const Key& key : keys()) {
        const bool is_a_projects = key.section == Section::general || key.section == Section::specific;
        if (!is_a_projects || key.effect != Effect::at_once) continue;
        std::visit(
            [](auto to, auto from) {
                if constexpr (std::is_same_v<decltype(to), decltype(from)> &&
                              !std::is_same_v<decltype(to), std::monostate>)
                    *to = *from;
            },
            key.field({.project = &running}), key.field({.project = &source}));
    }
}

}  // namespace berth::host::config
