// SPDX-License-Identifier: MIT
#include "supervisor/host_files.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/ip_address.hpp"
#include "config/child_user.hpp"
#include "supervisor/staging.hpp"
#include "tls/tls_settings.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

constexpr std::size_t pem_bytes_max = 1u << 20;

/// `what` is certificate or key.
Result<std::string> read_pem(const char* what, const std::filesystem::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return fail_errno("read " + path.string(), errno);
    std::string text;
    std::array<char, 16u << 10> chunk;
    while (true) {
        const ssize_t size = ::read(fd.get(), chunk.data(), chunk.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail_errno("read " + path.string(), errno);
        if (size == 0) return text;
        text.append(chunk.data(), static_cast<std::size_t>(size));
        if (text.size() > pem_bytes_max) return fail(Code::invalid, std::string(what) + ": more than 1 MiB: that is no PEM file");
    }
}

/// The sentence of `check_tls` begins with the part that is wrong: "key: it doesn't belong to the certificate". `table` is
/// where the pair stands: "listen.0.tls".
config::Diagnostic at_its_key(const config::Loaded& loaded, const std::string& table, const config::CertificateFiles& pair,
                              const std::string& sentence) {
    const auto colon = sentence.find(": ");
    const std::string part = sentence.substr(0, colon);
    config::Diagnostic found{{}, table + ".certificate", pair.certificate.string() + ": " + sentence};
    if (part == "key") found = {{}, table + ".key", pair.key.string() + sentence.substr(colon)};
    if (part == "certificate") found.message = pair.certificate.string() + sentence.substr(colon);
    if (const auto origin = loaded.origins.find(found.key); origin != loaded.origins.end()) found.where = origin->second;
    return found;
}

/// What is said of one pair: of the listener's own, or of one by name.
using JudgePair = Result<void> (*)(const tls::CertificatePair& pair, const std::string& minimum);

Result<void> judge_own(const tls::CertificatePair& pair, const std::string& minimum) {
    return tls::check_tls({pair.certificate_pem, pair.key_pem, minimum});
}

void check_pair(const config::Loaded& loaded, const std::string& table, const config::CertificateFiles& files,
                const std::string& minimum, JudgePair judge, std::vector<config::Diagnostic>& all) {
    const auto certificate = read_pem("certificate", files.certificate), key = read_pem("key", files.key);
    const auto note = [&](const Error& error) { all.push_back(at_its_key(loaded, table, files, error.message)); };
    if (!certificate || !key) {
        if (!certificate && certificate.error().code == Code::invalid) note(certificate.error());
        if (!key && key.error().code == Code::invalid) note(key.error());
    } else if (const auto checked = judge({*certificate, *key}, minimum); !checked) {
        note(checked.error());
    }
}

/// {"certificate_pem","key_pem"}, and when the certificate ends to be valid.
struct ReadPair {
    json pair;
    std::int64_t expires_at_ms = 0;
};

Result<ReadPair> read_pair(const config::CertificateFiles& files, const std::string& minimum, JudgePair judge) {
    auto certificate = read_pem("certificate", files.certificate);
    if (!certificate) return fail(files.certificate.string() + ": ", std::move(certificate).error());
    auto key = read_pem("key", files.key);
    if (!key) return fail(files.key.string() + ": ", std::move(key).error());
    if (auto checked = judge({*certificate, *key}, minimum); !checked) {
        return fail(files.certificate.string() + ", " + files.key.string() + ": ", std::move(checked).error());
    }
    const auto expiry = tls::certificate_expiry(*certificate);
    if (!expiry) return fail(files.certificate.string() + ": ", expiry.error());
    return ReadPair{{{"certificate_pem", std::move(*certificate)}, {"key_pem", std::move(*key)}}, *expiry * 1000};
}

}  // namespace

std::vector<config::Diagnostic> unnamed_hosts(const config::Loaded& loaded) {
    std::vector<std::string> names;
    const auto add = [&](const std::filesystem::path& file) {
        const auto certificate = read_pem("certificate", file);
        const auto its = certificate ? tls::certificate_names(*certificate) : tl::unexpected<Error>(certificate.error());
        if (its) names.insert(names.end(), its->begin(), its->end());
    };
    const auto& listeners = loaded.config.listen;
    const auto is_plain = [](const config::Listen& listen) { return !listen.tls; };
    // Behind one without TLS there may be a proxy that has certificates of its own.
    if (listeners.empty() || std::any_of(listeners.begin(), listeners.end(), is_plain)) return {};
    for (const config::Listen& listen : listeners) {
        add(listen.tls->certificate);
        for (const config::CertificateFiles& pair : listen.tls->by_name) add(pair.certificate);
    }
    std::vector<config::Diagnostic> all;
    const auto look = [&](const config::Project& project, const std::string& key) {
        const auto origin = loaded.origins.find(key);
        if (origin == loaded.origins.end()) return;
        for (const std::string& host : project.hosts) {
            if (host.starts_with('[') || canonical_ip_address(host) || tls::is_named(host, names)) continue;
            all.push_back({origin->second, key,
                           "no certificate of a listener names " + host + ", so that clients who ask for it refuse the host: have one made "
                           "for it, or take it out"});
        }
    };
    look(loaded.config.defaults, "defaults.hosts");
    for (const auto& [name, project] : loaded.config.projects) look(project, "project." + name + ".hosts");
    return all;
}

std::vector<config::Diagnostic> check_tls_files(const config::Loaded& loaded) {
    std::vector<config::Diagnostic> all;
    for (std::size_t i = 0; i < loaded.config.listen.size(); ++i) {
        const auto& tls = loaded.config.listen[i].tls;
        if (!tls) continue;
        const std::string table = "listen." + std::to_string(i) + ".tls", minimum(config::name_of(tls->minimum));
        check_pair(loaded, table, {tls->certificate, tls->key}, minimum, judge_own, all);
        for (std::size_t j = 0; j < tls->by_name.size(); ++j) {
            check_pair(loaded, table + ".by_name." + std::to_string(j), tls->by_name[j], minimum, tls::check_tls_by_name, all);
        }
    }
    return all;
}

Result<json> read_tls(const config::Tls& tls) {
    const std::string minimum(config::name_of(tls.minimum));
    auto own = read_pair({tls.certificate, tls.key}, minimum, judge_own);
    if (!own) return tl::unexpected<Error>(std::move(own).error());
    json body = std::move(own->pair);
    std::int64_t expires_at_ms = own->expires_at_ms;
    json by_name = json::array();
    for (const config::CertificateFiles& files : tls.by_name) {
        auto pair = read_pair(files, minimum, tls::check_tls_by_name);
        if (!pair) return tl::unexpected<Error>(std::move(pair).error());
        expires_at_ms = std::min(expires_at_ms, pair->expires_at_ms);
        by_name.push_back(std::move(pair->pair));
    }
    body["minimum"] = minimum;
    body["by_name"] = std::move(by_name);
    body["expires_at_ms"] = expires_at_ms;
    return body;
}

Result<std::optional<gid_t>> control_group(const std::string& configured) {
    if (configured.empty()) return std::nullopt;
    if (const group* const entry = ::getgrnam(configured.c_str())) return entry->gr_gid;
    return fail(Code::not_found, "host.group: there is no group " + configured + " on this machine; make it or name another");
}

Result<HostFiles> HostFiles::open(const config::Config& config, const std::filesystem::path& file) {
    auto child_user = config::child_user(config.host.user);
    if (!child_user) return tl::unexpected<Error>(std::move(child_user).error());
    std::optional<User> user;
    if (*child_user) user = User{(*child_user)->uid, (*child_user)->gid, (*child_user)->name};
    struct stat status {};
    if (::stat(config.host.plugins.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        return fail(Code::not_found, "host.plugins: there is no directory " + config.host.plugins.string() + "; make it or name another");
    }
    BERTH_TRY(StateDirectory::check_free(config.host.state));

    json all_tls = json::array();
    std::vector<WantedListener> wanted;
    const std::string place =
        file.empty() ? " in a configuration, and serve with --config FILE" : " in " + file.string();
    for (const config::Listen& listen : config.listen) {
        wanted.push_back({listen.address, "[[listen]]" + place});
        if (!listen.tls) {
            all_tls.push_back(nullptr);
            continue;
        }
        auto tls = read_tls(*listen.tls);
        if (!tls) return fail("listen " + listen.address.text() + ": ", std::move(tls).error());
        all_tls.push_back(std::move(*tls));
    }
    if (config.pages) wanted.push_back({config.pages->address, "[pages]" + place});
    auto listeners = open_listeners(wanted, inherited_sockets());
    if (!listeners) return tl::unexpected<Error>(std::move(listeners).error());
    // Last, because it leaves something behind.
    auto state = StateDirectory::open(config.host.state);
    if (!state) return tl::unexpected<Error>(std::move(state).error());
    KeptVersions versions = KeptVersions::open(state->path() / "versions.json", state->staging());
    clear_staging(state->staging(), [&](const StagedLibrary& staged) { return versions.uses(staged); });
    HostFiles files{std::move(*state), std::move(*listeners), std::nullopt, std::move(versions), std::move(all_tls), std::move(user)};
    for (Listener& listener : files.listeners) listener.id = files.next_listener_id++;
    if (config.pages) {
        files.pages = std::move(files.listeners.back());
        files.listeners.pop_back();
    }
    return files;
}

json HostFiles::listeners_json() const {
    json list = json::array();
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        list.push_back({{"id", listeners[i].id}, {"address", listeners[i].address.text()}, {"tls", tls[i]}});
    }
    return list;
}

}  // namespace berth::host::supervisor
