// SPDX-License-Identifier: MIT
/// How messages are compressed, as it is configured.
#pragma once

#include <cstdint>

namespace berth::host::config {

/// permessage-deflate with its clients. [defaults.compression]
struct Compression {
    bool enabled = false;
    std::uint64_t minimum_bytes = 128;      ///< of a message; a smaller one is sent as it is
    std::uint32_t level = 1;                ///< 1, fast, to 9, small
    std::uint32_t memory_level = 8;         ///< 1, little, to 9, fast
    std::uint32_t server_window_bits = 15;  ///< 9 to 15, of what is sent to a client
    std::uint32_t client_window_bits = 15;  ///< of what it sends
    bool server_context = false;            ///< kept from one message to the next
    bool client_context = false;
};

}  // namespace berth::host::config
