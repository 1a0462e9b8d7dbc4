// SPDX-License-Identifier: MIT
#include "config/rules.hpp"

#include <sys/un.h>

#include <map>

#include "config/format.hpp"

namespace berth::host::config {
namespace {

class Rules {
public:
    Rules(const Config& config, const std::string& name, Notes& notes)
        : config_(config), name_(name), notes_(notes) {}

    void all() {
        if (config_.listen.empty() && !is_wrong("listen.0"))
            refuse({"listen"}, "there is nothing to listen on: leave the key out, or write a [[listen]]");
        for (std::size_t i = 0; i < config_.listen.size(); ++i)
            listener(config_.listen[i], "listen." + std::to_string(i));
        if (config_.pages) pages(*config_.pages);
        control();
        project(config_.defaults, "defaults");
        for (const auto& [project_name, settings] : config_.projects)
            project(settings, "project." + project_name);
    }

private:
    void listener(const Listen& listen, const std::string& name) {
        const std::string address = name + ".address";
        const bool has_table = notes_.origins.contains(name);
        if (has_table && !notes_.origins.contains(address) && !is_wrong(address))
            refuse({address, name}, "an address is missing: write address = \"127.0.0.1:7681\"");
        once(listen.address, address);
        if (listen.tls) {
            const std::string table = name + ".tls";
            if (listen.tls->certificate.empty() && !is_wrong(table + ".certificate"))
                refuse({table + ".certificate", table + ".key", table + ".minimum", name},
                       "TLS needs a certificate: write certificate = \"FILE\" in the same table");
            if (listen.tls->key.empty() && !is_wrong(table + ".key"))
                refuse({table + ".key", table + ".certificate", table + ".minimum", name},
                       "TLS needs the certificate's key: write key = \"FILE\" in the same table");
            if (listen.insecure)
                refuse({name + ".insecure", name},
                       "insecure asks for plain text, tls for encryption: remove one of them");
        } else if (!listen.address.is_loopback() && !listen.insecure) {
            refuse({address, name},
                   listen.address.text() +
                       " can be reached from other machines, and TLS is required there: add "
                       "tls = { certificate = \"FILE\", key = \"FILE\" }, or insecure = true where a "
                       "proxy in front does TLS");
        }
    }

    void pages(const Pages& pages) {
        once(pages.address, "pages.address");
        if (!pages.address.is_loopback() && !pages.insecure)
            refuse({"pages.address", "pages"},
                   pages.address.text() +
                       " can be reached from other machines, and pages have no TLS: listen on "
                       "127.0.0.1, or write insecure = true where a proxy in front does TLS");
    }

    /// Two sockets can't have one address.
    void once(const Address& address, const std::string& key) {
        if (address.port == 0) return;
        const auto [first, is_new] = addresses_.try_emplace(address.text(), key);
        if (!is_new)
            refuse({key}, address.text() + " is taken by " + first->second + ": choose another port");
    }

    void control() {
        const std::string path = config_.host.control.string();
        if (path.size() >= sizeof(sockaddr_un::sun_path))
            refuse({"host.control", "host.run"}, in_quotes(path) +
                                                     " is too long for a UNIX socket: at most " +
                                                     std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                                     " bytes; choose a shorter directory");
    }

    void project(const Project& project, const std::string& name) {
        if (config_.host.confinement == Confinement::required) confined(project, name);
        const Limits& limits = project.limits;
        // A project that only inherits both is told once, at [defaults].
        const auto is_told = [&](const char* smaller, const char* larger) {
            return name == "defaults" || notes_.origins.contains(name + smaller) || notes_.origins.contains(name + larger);
        };
        if (limits.message_bytes > limits.inbox_bytes && is_told(".limits.message", ".limits.inbox")) {
            refuse({name + ".limits.message", name + ".limits.inbox"},
                   "a message of " + format_bytes(limits.message_bytes) +
                       " would never fit into an inbox of " + format_bytes(limits.inbox_bytes) +
                       ": raise limits.inbox or lower limits.message");
        }
        if (limits.inbox_bytes > limits.inbox_total_bytes && is_told(".limits.inbox", ".limits.inbox_total")) {
            refuse({name + ".limits.inbox", name + ".limits.inbox_total"},
                   "an inbox of " + format_bytes(limits.inbox_bytes) + " would never be filled where all clients together have " +
                       format_bytes(limits.inbox_total_bytes) + ": raise limits.inbox_total or lower limits.inbox");
        }
    }

    void confined(const Project& project, const std::string& name) {
        // A project that only inherits is told once, at [defaults].
        const auto is_own = [&](const char* key) { return name == "defaults" || notes_.origins.contains(name + key); };
        if (!project.confined && is_own(".confined"))
            refuse({name + ".confined", "defaults.confined", "host.confinement"},
                   "host.confinement = \"required\" confines every project: remove confined = false, or say \"wanted\" there");
        if (project.isolation == Isolation::none && is_own(".isolation"))
            refuse({name + ".isolation", "defaults.isolation", "host.confinement"},
                   "host.confinement = \"required\" wants a process for each project: remove isolation = \"none\", or say "
                   "\"wanted\" there");
    }

    [[nodiscard]] bool is_wrong(const std::string& key) const {
        for (const Diagnostic& diagnostic : notes_.diagnostics.all)
            if (diagnostic.key == key) return true;
        return false;
    }

    /// At the first of the places that somebody wrote; the first one names the key.
    void refuse(const std::vector<std::string>& places, std::string message) {
        Origin where{Origin::Kind::file, name_, 0, 0};
        for (const std::string& place : places) {
            if (const auto found = notes_.origins.find(place); found != notes_.origins.end()) {
                where = found->second;
                break;
            }
        }
        notes_.wrong(where, places.front(), std::move(message));
    }

    const Config& config_;
    const std::string& name_;
    Notes& notes_;
    std::map<std::string, std::string> addresses_;
};

}  // namespace

void check_rules(const Config& config, const std::string& name, Notes& notes) {
    Rules(config, name, notes).all();
}

}  // namespace berth::host::config
