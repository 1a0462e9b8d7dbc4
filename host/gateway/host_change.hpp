// SPDX-License-Identifier: MIT
/// A reload, as each I/O thread hears of it.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

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
    };
    std::vector<Added> added;  ///< they get the next numbers
};

}  // namespace berth::host::gateway
