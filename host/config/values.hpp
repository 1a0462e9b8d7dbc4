// SPDX-License-Identifier: MIT
/// The grammars of single values: sizes, addresses, names. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/config.hpp"

namespace berth::host::config {

/// Why a text is not such a value; `position` counts bytes from 0 and points at the wrong part.
struct ValueError {
    std::size_t position = 0;
    std::string reason;  ///< without full stop
};

template <class T>
using ValueResult = tl::expected<T, ValueError>;

/// `text` with ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

/// "64 KiB", "1 MiB", "2 GiB", "10 kB", "512 B", "512": whole numbers, one unit, blanks optional.
[[nodiscard]] ValueResult<std::uint64_t> parse_bytes(std::string_view text);
/// "127.0.0.1:7681" or "[::1]:7681"; numeric addresses only, port 0 to 65535. `usual_port` is what sentences advise.
[[nodiscard]] ValueResult<Address> parse_address(std::string_view text, std::string_view usual_port = "7681");
/// A time as in berth/duration.hpp, but with a unit, or 0: whoever writes 20 may mean seconds.
[[nodiscard]] ValueResult<Milliseconds> parse_time(std::string_view text);

/// Checks one entry of `origins`: same-host, *, a host name or address, or *.NAME. Lower case.
[[nodiscard]] ValueResult<std::string> parse_origin(std::string_view text);
/// Checks one name of this host for `pages.hosts`: as an origin, but one name in full. Lower case.
[[nodiscard]] ValueResult<std::string> parse_host_name(std::string_view text);
/// Checks an entry of `trusted_proxies`: an address or a network in CIDR notation; in one spelling (IpNetwork).
[[nodiscard]] ValueResult<std::string> parse_network(std::string_view text);
/// Checks a sub-protocol: an RFC 7230 token of at most 64 bytes.
[[nodiscard]] ValueResult<std::string> parse_subprotocol(std::string_view text);
/// Checks a database file: relative, and never out of its directory.
[[nodiscard]] ValueResult<std::string> parse_database_file(std::string_view text);
/// Checks a path of a static directory: "/", "/chat".
[[nodiscard]] ValueResult<std::string> parse_url_prefix(std::string_view text);
/// Checks the name of a user or group of the system; empty is allowed.
[[nodiscard]] ValueResult<std::string> parse_account(std::string_view text);

}  // namespace berth::host::config
