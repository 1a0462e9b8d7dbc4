// SPDX-License-Identifier: MIT
/// The listening sockets: opened once, kept while gateways come and go (RELIABILITY §0.6).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "config/config.hpp"

namespace berth::host::supervisor {

struct Listener {
    UniqueFd fd;              ///< listening, non-blocking, close-on-exec
    config::Address address;  ///< as bound: port 0 has become a number
    bool is_inherited = false;
    std::uint64_t id = 0;  ///< never used twice while the host runs; 0: none yet
};

/// The sockets that a service manager passed (LISTEN_FDS), once; the environment is cleaned.
std::vector<UniqueFd> inherited_sockets();

/// An address, and where it is written, for sentences: "[pages] in /etc/berth/berth.toml".
struct WantedListener {
    config::Address address;
    std::string place;
};

/// Whether it could be opened now; nobody listens meanwhile. The sentence is that of `open_listeners`.
Result<void> try_listener(const WantedListener& wanted);

/// One listener for each address, in order: the inherited socket that is bound to it, else a new one. All or nothing;
/// the sentence names the address, why, and what to do where. Inherited sockets that no address names are closed and
/// named in the log.
Result<std::vector<Listener>> open_listeners(const std::vector<WantedListener>& wanted,
                                             std::vector<UniqueFd> inherited);

}  // namespace berth::host::supervisor
