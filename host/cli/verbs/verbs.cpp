// SPDX-License-Identifier: MIT
#include "cli/verbs/verbs.hpp"

#include <algorithm>

namespace berth::host::cli {

const std::vector<Verb>& all_verbs() {
    static const std::vector<Verb> all = [] {
        std::vector<Verb> list{verbs::serve(),   verbs::check(),      verbs::config(), verbs::status(), verbs::top(),
                               verbs::health(),  verbs::logs(),       verbs::stop(),   verbs::drain(),      verbs::projects(),
                               verbs::service(), verbs::block(),      verbs::open(),   verbs::start(),
                               verbs::reload(),  verbs::deploy(), verbs::rollback(), verbs::add(),        verbs::remove(), verbs::rescan(),
                               verbs::clients(), verbs::disconnect(), verbs::send(),   verbs::execute(),
                               verbs::new_project(), verbs::doctor(), verbs::version()};
        for (auto& verb : verbs::documents()) list.push_back(std::move(verb));
        for (auto& verb : verbs::internal()) list.push_back(std::move(verb));
        return list;
    }();
    return all;
}

const Verb* find_verb(std::string_view name) {
    const auto& all = all_verbs();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Verb& verb) { return verb.name == name; });
    return found == all.end() ? nullptr : &*found;
}

std::vector<Option> common_options(const Verb& verb) {
    std::vector<Option> options;
    if (verb.uses_host) {
        options.push_back(
            {.name = "socket", .value = "PATH", .help = "The host's control socket (BERTH_SOCKET)."});
    } else {
        // Understood everywhere, so that a script can put it into every call.
        options.push_back({.name = "socket", .value = "PATH", .help = "", .is_hidden = true});
    }
    options.push_back({.name = "json", .value = "", .help = "Data as JSON; stable."});
    options.push_back({.name = "quiet", .value = "", .help = "No words but errors."});
    options.push_back({.name = "help", .value = "", .help = "This text."});
    return options;
}

}  // namespace berth::host::cli
