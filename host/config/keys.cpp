// SPDX-License-Identifier: MIT
#include "config/keys.hpp"

#include "config/choices.hpp"
#include "config/format.hpp"

namespace berth::host::config {

std::vector<std::string_view> Key::choices() const {
    Host host;
    Listen listen{.tls = Tls{}};
    Pages pages;
    Project project;
    return std::visit(
        [](auto place) -> std::vector<std::string_view> {
            if constexpr (!std::is_same_v<decltype(place), std::monostate>) {
                using Value = std::remove_pointer_t<decltype(place)>;
                if constexpr (is_choice<Value>)
                    return {choice_names<Value>.begin(), choice_names<Value>.end()};
            }
            return {};
        },
        field({.host = &host, .listen = &listen, .pages = &pages, .project = &project}));
}

std::string Key::default_toml() const {
    Host host;
    Listen listen;
    Pages pages;
    Project project;
    if (kind == Kind::choice && section == Section::listen) listen.tls.emplace();
    return toml_of(*this, {.host = &host, .listen = &listen, .pages = &pages, .project = &project});
}

std::string Key::full_name() const {
    switch (section) {
        case Section::host:
            return "host." + std::string(name);
        case Section::listen:
            return "listen." + std::string(name);
        case Section::pages:
            return "pages." + std::string(name);
        case Section::general:
            return "defaults." + std::string(name);
        case Section::specific:
            return "project.NAME." + std::string(name);
    }
    return std::string(name);
}

std::string_view name_of(Effect effect) {
    switch (effect) {
        case Effect::at_once:
            return "at once";
        case Effect::next_load:
            return "when the project is loaded the next time";
        case Effect::next_start:
            return "at the host's next start";
    }
    return "at once";
}

std::string_view expectation(Kind kind) {
    switch (kind) {
        case Kind::text:
            return "a text such as \"name\"";
        case Kind::path:
            return "a path such as \"/srv/berth\"";
        case Kind::flag:
            return "true or false";
        case Kind::count:
            return "a whole number such as 100";
        case Kind::bytes:
            return "a size such as \"64 KiB\"";
        case Kind::duration:
            return "a time such as \"20 s\"";
        case Kind::address:
            return "an address with a port such as \"127.0.0.1:7681\"";
        case Kind::choice:
            return "a text";
        case Kind::texts:
            return "a list of texts such as [\"a\", \"b\"]";
        case Kind::pairs:
            return "a list of tables such as [{ certificate = \"FILE\", key = \"FILE\" }]";
        case Kind::path_table:
            return "a table of directories such as { \"/chat\" = \"/srv/chat\" }";
        case Kind::settings:
            return "a table";
    }
    return "";
}

}  // namespace berth::host::config
