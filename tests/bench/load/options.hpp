// SPDX-License-Identifier: MIT
/// What the load generator was asked for.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace berth::bench {

enum class Mode {
    echo,    ///< every message comes back to its sender
    fanout,  ///< what the first connection says comes to all
    storm    ///< connect, upgrade, one message there and back, reset, again
};

struct Options {
    Mode mode = Mode::echo;
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::vector<std::string> paths{"/"};  ///< connection i asks for paths[i % paths.size()]
    /// echo: messages under way on each connection. fanout: messages of a burst. storm: connections being
    /// made.
    unsigned in_flight = 1;
    std::vector<std::size_t> sizes{20};  ///< payload bytes, in turn; at least 8
    unsigned speakers = 0;               ///< echo: connections that speak, from the first; 0: all
    double rate = 0;           ///< echo: messages a second over all connections; 0: as fast as they come back
    bool is_text = false;      ///< texts with many kinds of characters, not buffers
    bool is_mirrored = false;  ///< the server knows no frames: bytes come back as they were sent
    bool has_tls = false;      ///< TLS 1.3; the certificate is not looked at
    std::vector<pid_t> servers;  ///< processes whose CPU time is counted
};

/// Reads the command line; prints and ends the process when it is wrong or asks for help.
Options parse(int argc, char** argv);

}  // namespace berth::bench
