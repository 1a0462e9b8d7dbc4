// SPDX-License-Identifier: MIT
#include "supervisor/reload.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sstream>
#include <utility>

#include "base/log.hpp"
#include "config/change.hpp"
#include "config/format.hpp"
#include "supervisor/project_settings.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

/// Where it is written, or the file as a whole.
config::Origin origin_of(const config::Loaded& loaded, const std::string& key, const std::string& file) {
    for (std::string name = key; !name.empty(); name = name.substr(0, name.rfind('.') == std::string::npos ? 0 : name.rfind('.'))) {
        if (const auto found = loaded.origins.find(name); found != loaded.origins.end()) return found->second;
    }
    return {config::Origin::Kind::file, file, 0, 0};
}

}  // namespace

/// What will hold, ready to be put in place.
struct Reload::Plan {
    config::Config config;
    Outcome outcome;
    std::vector<Listener> listeners;      ///< new ones have their sockets; the others are without
    std::vector<std::size_t> kept;        ///< for each: the place among those so far, or none
    json tls = json::array();             ///< for each, as HostFiles
    static constexpr std::size_t none = ~std::size_t{0};
};

Reload::Reload(Parts parts, Load load, std::string file, std::function<void()> applied)
    : parts_(parts),
      load_(std::move(load)),
      file_(std::move(file)),
      applied_(std::move(applied)),
      connections_at_start_(parts_.running.host.limits.connections) {}

void Reload::run(const std::string& why, Done done) {
    if (is_running_) {
        why_again_ = why;
        return waiting_again_.push_back(std::move(done));
    }
    waiting_.push_back(std::move(done));
    begin(why);
}

void Reload::begin(const std::string& why) {
    is_running_ = true;
    why_ = why;
    auto made = plan();
    if (!made) return finish(tl::unexpected<Error>(std::move(made).error()));
    commit(std::move(*made));
}

Result<Reload::Plan> Reload::plan() const {
    if (!load_) return fail(Code::failed, "this host has no configuration that could be read again");
    auto loaded = load_();
    if (!loaded) return tl::unexpected<Error>(std::move(loaded).error());
    Plan plan;
    config::Diagnostics refused;
    for (const config::Change& change : config::changes(parts_.running, loaded->config)) {
        plan.outcome.changed.push_back(change.name);
        if (change.key->effect != config::Effect::next_start) continue;
        refused.all.push_back({origin_of(*loaded, change.name, file_), change.name,
                               "cannot change while the host runs: put its value back, or restart the host"});
    }
    const std::uint32_t connections = loaded->config.host.limits.connections;
    if (connections > connections_at_start_ && connections != parts_.running.host.limits.connections) {
        refused.all.push_back({origin_of(*loaded, "host.limits.connections", file_), "host.limits.connections",
                               "cannot be more than at the start (" + std::to_string(connections_at_start_) +
                                   ") while the host runs: write that many, or restart the host"});
    }
    if (!refused.all.empty()) return tl::unexpected<Error>(refused.error());
    BERTH_TRY(plan_listeners(loaded->config, plan));
    for (const config::Diagnostic& diagnostic : unnamed_hosts(*loaded)) plan.outcome.warnings.push_back(diagnostic.text());
    plan.config = std::move(loaded->config);
    return plan;
}

Result<void> Reload::plan_listeners(const config::Config& wanted, Plan& plan) const {
    const auto& before = parts_.running.listen;
    std::vector<bool> is_taken(before.size(), false);
    for (const config::Listen& listen : wanted.listen) {
        const std::string place = "listen " + listen.address.text();
        json tls = nullptr;
        if (listen.tls) {
            auto read = read_tls(*listen.tls);
            if (!read) return fail(place + ": ", std::move(read).error());
            tls = std::move(*read);
        }
        std::size_t same = Plan::none, same_address = Plan::none;
        for (std::size_t i = 0; i < before.size(); ++i) {
            // Port 0 has become a number, which may be written down now.
            const bool is_same_address = before[i].address == listen.address || parts_.files.listeners[i].address == listen.address;
            if (is_taken[i] || !is_same_address) continue;
            if (same == Plan::none && before[i].tls.has_value() == listen.tls.has_value()) same = i;
            if (same_address == Plan::none) same_address = i;
        }
        Listener listener;
        if (same != Plan::none) {
            is_taken[same] = true;
            if (tls != parts_.files.tls[same]) plan.outcome.changed.push_back(place + ": certificate");
        } else if (same_address != Plan::none && listen.address.port != 0) {
            // The same socket, spoken to in another way.
            is_taken[same_address] = true;
            const Listener& known = parts_.files.listeners[same_address];
            listener.fd.reset(::fcntl(known.fd.get(), F_DUPFD_CLOEXEC, 0));
            if (!listener.fd) return fail_errno(place, errno);
            listener.address = known.address;
            plan.outcome.changed.push_back(place + (listen.tls ? ": TLS from now on" : ": without TLS from now on"));
        } else {
            auto opened = open_listeners({{listen.address, "[[listen]] in " + file_}}, {});
            if (!opened) return tl::unexpected<Error>(std::move(opened).error());
            listener = std::move(opened->front());
            plan.outcome.changed.push_back(place + ": added");
        }
        plan.listeners.push_back(std::move(listener));
        plan.kept.push_back(same);
        plan.tls.push_back(std::move(tls));
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (!is_taken[i]) plan.outcome.changed.push_back("listen " + before[i].address.text() + ": removed");
    }
    return {};
}

void Reload::commit(Plan plan) {
    HostFiles& files = parts_.files;
    std::vector<int> added;
    // Closed when the gateway has been told: until then it may have to be started with them.
    auto former = std::make_shared<std::vector<Listener>>(std::move(files.listeners));
    for (std::size_t i = 0; i < plan.listeners.size(); ++i) {
        Listener& listener = plan.listeners[i];
        const std::size_t kept = plan.kept[i];
        if (kept != Plan::none) {
            listener = std::move((*former)[kept]);
        } else {
            listener.id = files.next_listener_id++;
            added.push_back(listener.fd.get());
        }
    }
    files.listeners = std::move(plan.listeners);
    files.tls = std::move(plan.tls);
    parts_.running = std::move(plan.config);
    json configure = configure_of(parts_.running);
    configure["listeners"] = files.listeners_json();
    std::vector<int> all;
    for (const Listener& listener : files.listeners) all.push_back(listener.fd.get());
    for (const auto& [name, project] : parts_.projects.all()) {
        if (project->configure(parts_.running.project(name))) plan.outcome.later.push_back(name);
    }
    applied_();
    parts_.gateway.reconfigure(std::move(configure), std::move(all), added,
                               [this, former, outcome = std::move(plan.outcome)](const Result<void>& done) mutable {
                                   if (!done) outcome.problem = done.error().message;
                                   finish(outcome);
                               });
}

void Reload::finish(const Result<Outcome>& outcome) {
    if (!outcome) {
        log::error("configuration refused: the running one stays", {{"by", why_}});
        std::istringstream lines(outcome.error().message);
        for (std::string line; std::getline(lines, line);) log::error("configuration is wrong", {{"error", line}});
    } else if (!outcome->changed.empty()) {
        std::string words;
        for (const std::string& change : outcome->changed) words += (words.empty() ? "" : ", ") + change;
        log::info("configuration reloaded", {{"by", why_}, {"changed", words}});
        for (const std::string& warning : outcome->warnings) log::warning("configuration may not be as it is meant", {{"warning", warning}});
    } else if (why_ != "file") {
        log::info("configuration reloaded: nothing has changed", {{"by", why_}});
    }
    for (const std::string& name : outcome ? outcome->later : std::vector<std::string>{}) {
        log::info("a part of the project's configuration waits until it is loaded again",
                  {{"project", name}, {"remedy", "berth reload " + name}});
    }
    if (outcome && !outcome->problem.empty()) log::error("the gateway did not take all of the configuration", {{"error", outcome->problem}});
    is_running_ = false;
    for (const Done& done : std::exchange(waiting_, {})) done(outcome);
    if (waiting_again_.empty() || is_running_) return;
    waiting_ = std::exchange(waiting_again_, {});
    begin(std::exchange(why_again_, {}));
}

}  // namespace berth::host::supervisor
