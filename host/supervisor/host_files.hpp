// SPDX-License-Identifier: MIT
/// What a host opens before it starts anything: state, sockets, keys, the user of its children.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/load.hpp"
#include "supervisor/kept_versions.hpp"
#include "supervisor/listeners.hpp"
#include "supervisor/spawn.hpp"
#include "supervisor/state_directory.hpp"

namespace berth::host::supervisor {

struct HostFiles {
    StateDirectory state;
    std::vector<Listener> listeners;  ///< one for each [[listen]], in order
    std::optional<Listener> pages;
    KeptVersions versions;      ///< that projects may go back to
    nlohmann::json tls;         ///< for each listener null, or what `configure` says of its TLS
    std::optional<User> user;   ///< of the children; absent: as this process
    std::uint64_t next_listener_id = 1;

    /// All or nothing, nothing left behind; the sentence says what is missing and what to do.
    /// `file` is where the configuration was read from, for the sentence; empty: nowhere.
    static Result<HostFiles> open(const config::Config& config, const std::filesystem::path& file);
    /// The "listeners" of the gateway's `configure`.
    [[nodiscard]] nlohmann::json listeners_json() const;
};

/// The group whose members may use the control socket; nothing when none is configured.
Result<std::optional<gid_t>> control_group(const std::string& configured);

/// What is wrong with the content of certificates and keys, at the keys that name them. Files that cannot be read are
/// config::check's. [any thread]
[[nodiscard]] std::vector<config::Diagnostic> check_tls_files(const config::Loaded& loaded);
/// What deserves a warning: hosts that projects are for (`hosts`) and that no certificate names, where every listener has TLS.
/// Literal addresses are passed over. [any thread]
[[nodiscard]] std::vector<config::Diagnostic> unnamed_hosts(const config::Loaded& loaded);

/// Certificates and keys of a listener, read, checked, and as `configure` says them; it expires when the first of them does.
Result<nlohmann::json> read_tls(const config::Tls& tls);

}  // namespace berth::host::supervisor
