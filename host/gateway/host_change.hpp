// SPDX-License-Identifier: MIT
/// A reload, as each I/O thread hears of it.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "gateway/rules.hpp"
#include "gateway/transport/transport.hpp"
#include "tls/tls_settings.hpp"

namespace berth::host::gateway {

/// What changes for the host as a whole while it runs.
struct HostChange {
    HostRules rules;
    transport::TransportSettings transport;
    std::vector<std::pair<std::size_t, tls::TlsSettings>> tls;  ///< for the handshakes to come, by listener
    struct Added {
        bool is_loopback = true;
        transport::ListenerSettings settings;
        std::string address;  ///< for errors
    };
    std::vector<Added> added;  ///< they get the next numbers
};

/// What became of it.
struct HostChanged {
    Result<void> done;           ///< the first that could not be done; everything else is done all the same
    std::vector<bool> is_added;  ///< for each that was to be added
};

}  // namespace berth::host::gateway
