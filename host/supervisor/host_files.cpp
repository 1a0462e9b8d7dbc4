// SPDX-License-Identifier: MIT
#include "supervisor/host_files.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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

/// The sentence of `check_tls` begins with the part that is wrong: "key: it doesn't belong to the certificate".
config::Diagnostic at_its_key(const config::Loaded& loaded, const std::string& listener, const config::Tls& tls,
                              const std::string& sentence) {
    const auto colon = sentence.find(": ");
    const std::string part = sentence.substr(0, colon);
    config::Diagnostic found{{}, listener + ".certificate", tls.certificate.string() + ": " + sentence};
    if (part == "key") found = {{}, listener + ".key", tls.key.string() + sentence.substr(colon)};
    if (part == "certificate") found.message = tls.certificate.string() + sentence.substr(colon);
    if (const auto origin = loaded.origins.find(found.key); origin != loaded.origins.end()) found.where = origin->second;
    return found;
}

}  // namespace

std::vector<config::Diagnostic> check_tls_files(const config::Loaded& loaded) {
    std::vector<config::Diagnostic> all;
    for (std::size_t i = 0; i < loaded.config.listen.size(); ++i) {
        const auto& tls = loaded.config.listen[i].tls;
        if (!tls) continue;
        const auto certificate = read_pem("certificate", tls->certificate), key = read_pem("key", tls->key);
        const std::string minimum(config::name_of(tls->minimum));
        const auto judge = [&](const Error& error) {
            all.push_back(at_its_key(loaded, "listen." + std::to_string(i) + ".tls", *tls, error.message));
        };
        if (!certificate || !key) {
            if (!certificate && certificate.error().code == Code::invalid) judge(certificate.error());
            if (!key && key.error().code == Code::invalid) judge(key.error());
        } else if (const auto checked = tls::check_tls({*certificate, *key, minimum}); !checked) {
            judge(checked.error());
        }
    }
    return all;
}

Result<json> read_tls(const config::Tls& tls) {
    auto certificate = read_pem("certificate", tls.certificate);
    if (!certificate) return fail(tls.certificate.string() + ": ", std::move(certificate).error());
    auto key = read_pem("key", tls.key);
    if (!key) return fail(tls.key.string() + ": ", std::move(key).error());
    const std::string minimum(config::name_of(tls.minimum));
    if (auto checked = tls::check_tls({*certificate, *key, minimum}); !checked) {
        return fail(tls.certificate.string() + ", " + tls.key.string() + ": ", std::move(checked).error());
    }
    const auto expiry = tls::certificate_expiry(*certificate);
    if (!expiry) return fail(tls.certificate.string() + ": ", expiry.error());
    return json{{"certificate_pem", std::move(*certificate)},
                {"key_pem", std::move(*key)},
                {"minimum", minimum},
                {"expires_at_ms", *expiry * 1000}};
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
    clear_staging(state->staging());
    HostFiles files{std::move(*state), std::move(*listeners), std::nullopt, std::move(all_tls), std::move(user)};
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
