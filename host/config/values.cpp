// SPDX-License-Identifier: MIT
#include "config/values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <berth/duration.hpp>
#include <limits>

#include "base/ip_network.hpp"

namespace berth::host::config {
namespace {

tl::unexpected<ValueError> wrong(std::size_t position, std::string reason) {
    return tl::unexpected<ValueError>(ValueError{position, std::move(reason)});
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_alnum(char c) {
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z');
}

bool is_numeric_address(const std::string& host, bool ipv6) {
    unsigned char storage[sizeof(in6_addr)];
    return inet_pton(ipv6 ? AF_INET6 : AF_INET, host.c_str(), storage) == 1;
}

struct ByteUnit {
    std::string_view name;  // lower case
    std::uint64_t bytes;
};
constexpr ByteUnit byte_units[] = {
    {"", 1},      {"b", 1},          {"kib", 1024},        {"mib", 1024 * 1024}, {"gib", 1024 * 1024 * 1024},
    {"kb", 1000}, {"mb", 1'000'000}, {"gb", 1'000'000'000}};

}  // namespace

std::string lower_case(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return result;
}

ValueResult<std::uint64_t> parse_bytes(std::string_view text) {
    std::size_t at = 0;
    const auto skip_blanks = [&] {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    };
    skip_blanks();
    if (at == text.size()) return wrong(at, "a size is missing, such as 64 KiB");
    if (text[at] == '-') return wrong(at, "a size is never negative");
    if (!is_digit(text[at])) return wrong(at, "a number is expected here");
    const std::size_t start = at;
    std::uint64_t number = 0;
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    for (; at < text.size() && is_digit(text[at]); ++at) {
        const auto digit = static_cast<std::uint64_t>(text[at] - '0');
        if (number > (most - digit) / 10) return wrong(start, "the number is too large");
        number = number * 10 + digit;
    }
    if (at < text.size() && (text[at] == '.' || text[at] == ','))
        return wrong(at, "numbers are whole: write 1536 KiB instead of 1.5 MiB");
    skip_blanks();
    const std::size_t unit_start = at;
    while (at < text.size() && is_alnum(text[at])) ++at;
    const std::string unit = lower_case(text.substr(unit_start, at - unit_start));
    const auto* found = std::find_if(std::begin(byte_units), std::end(byte_units),
                                     [&](const ByteUnit& known) { return known.name == unit; });
    if (found == std::end(byte_units))
        return wrong(unit_start, "unknown unit: use B, KiB, MiB, GiB, kB, MB or GB");
    skip_blanks();
    if (at < text.size()) return wrong(at, "nothing may follow the size");
    if (number > most / found->bytes) return wrong(start, "the number is too large");
    return number * found->bytes;
}

ValueResult<Address> parse_address(std::string_view text, std::string_view usual_port) {
    const auto with_port = [&](std::string_view host) { return std::string(host) + ":" + std::string(usual_port); };
    Address address;
    std::size_t colon = 0;
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos)
            return wrong(text.size(), "] is missing after the IPv6 address");
        address.ipv6 = true;
        address.host = text.substr(1, bracket - 1);
        if (!is_numeric_address(address.host, true))
            return wrong(1, "\"" + address.host + "\" is not an IPv6 address");
        colon = bracket + 1;
        if (colon == text.size() || text[colon] != ':')
            return wrong(colon, "a port is missing: write " + with_port(text.substr(0, colon)));
    } else {
        colon = text.find(':');
        if (colon == std::string_view::npos) {
            if (!text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit))
                return wrong(0, "an address is missing: write 127.0.0.1:" + std::string(text));
            return wrong(text.size(), text.empty() ? "it is empty: write " + with_port("127.0.0.1")
                                                   : "a port is missing: write " + with_port(text));
        }
        if (text.find(':', colon + 1) != std::string_view::npos)
            return wrong(0, "an IPv6 address stands in brackets: " + with_port("[::1]"));
        address.host = text.substr(0, colon);
        if (address.host.empty())
            return wrong(0, "an address is missing: write 127.0.0.1" + std::string(text) +
                                " for this machine only, 0.0.0.0" + std::string(text) + " for all networks");
        if (!is_numeric_address(address.host, false)) {
            if (lower_case(address.host) == "localhost")
                return wrong(0, "addresses are numeric: write 127.0.0.1 instead of localhost");
            if (address.host == "*") return wrong(0, "addresses are numeric: write 0.0.0.0 instead of *");
            return wrong(0, "\"" + address.host + "\" is not an IPv4 address; names are not looked up");
        }
    }
    const std::string_view port = text.substr(colon + 1);
    if (port.empty()) return wrong(colon + 1, "a port is missing after the colon");
    if (!std::all_of(port.begin(), port.end(), is_digit)) return wrong(colon + 1, "the port is not a number");
    std::uint32_t number = 0;
    for (const char c : port) {
        number = number * 10 + static_cast<std::uint32_t>(c - '0');
        if (number > 65'535) return wrong(colon + 1, "ports go up to 65535");
    }
    address.port = static_cast<std::uint16_t>(number);
    return address;
}

ValueResult<Milliseconds> parse_time(std::string_view text) {
    const DurationResult result = parse_duration(text);
    if (!result) return wrong(result.error.position, std::string(result.error.reason));
    const std::size_t digit = text.find_last_not_of(" \t");
    if (result.milliseconds != 0 && is_digit(text[digit])) {
        const std::string number = std::to_string(result.milliseconds);
        return wrong(digit + 1, "a unit is missing: write \"" + number + " s\" for seconds, \"" + number +
                                    " ms\" for milliseconds");
    }
    return Milliseconds(result.milliseconds);
}

ValueResult<std::string> parse_origin(std::string_view text) {
    std::string origin = lower_case(text);
    if (origin == "same-host" || origin == "*") return origin;
    if (origin.empty()) return wrong(0, "a host name is missing");
    if (origin == "null") return wrong(0, "the origin null belongs to nobody and is always refused");
    if (const std::size_t scheme = origin.find("://"); scheme != std::string::npos) {
        const std::size_t end = origin.find_first_of(":/", scheme + 3);
        return wrong(0, "host names are compared, without scheme and port: write " +
                            origin.substr(scheme + 3, end == std::string::npos ? end : end - scheme - 3));
    }
    if (origin.starts_with('[')) {
        if (origin.ends_with(']') && is_numeric_address(origin.substr(1, origin.size() - 2), true))
            return origin;
        return wrong(0, "not an IPv6 address in brackets");
    }
    std::size_t at = origin.starts_with("*.") ? 2 : 0;
    if (at == origin.size()) return wrong(at, "a host name is missing after *.");
    for (; at < origin.size(); ++at) {
        const char c = origin[at];
        if (c == ':') return wrong(at, "ports are not compared: leave the port out");
        if (!is_digit(c) && !is_lower(c) && c != '.' && c != '-' && c != '_')
            return wrong(
                at, "not a host name: letters, digits, dots and hyphens only; * only as in *.example.org");
    }
    return origin;
}

ValueResult<std::string> parse_host_name(std::string_view text) {
    if (text.starts_with('*') || text == "same-host") return wrong(0, "write each name in full, as pages.example.org");
    return parse_origin(text);
}

ValueResult<std::string> parse_network(std::string_view text) {
    const auto network = IpNetwork::parse(text);
    if (!network) return wrong(0, network.error().message);
    return network->text();
}

ValueResult<std::string> parse_subprotocol(std::string_view text) {
    if (text.empty()) return wrong(0, "a sub-protocol is never empty");
    if (text.size() > 64) return wrong(64, "a sub-protocol has at most 64 bytes");
    for (std::size_t at = 0; at < text.size(); ++at) {
        // RFC 6455 §4.1: a token as in RFC 7230 §3.2.6.
        if (!is_alnum(text[at]) &&
            std::string_view("!#$%&'*+-.^_`|~").find(text[at]) == std::string_view::npos)
            return wrong(at, "this character is not allowed in a sub-protocol");
    }
    return std::string(text);
}

ValueResult<std::string> parse_database_file(std::string_view text) {
    if (text.empty()) return wrong(0, "a file name is missing, such as data.sqlite");
    if (text.find('\0') != std::string_view::npos) return wrong(0, "a file name has no zero bytes");
    if (text.front() == '/')
        return wrong(0, "the file must lie in the project's directory: write a relative path");
    const std::filesystem::path path(text);
    for (const auto& part : path)
        if (part == "..")
            return wrong(text.find(".."), "the file must lie in the project's directory: no ..");
    if (!path.has_filename() || path.filename() == ".")
        return wrong(text.size(), "a file name is missing at the end");
    return std::string(text);
}

ValueResult<std::string> parse_url_prefix(std::string_view text) {
    if (!text.starts_with('/')) return wrong(0, "the path under which a directory appears begins with /");
    if (text.size() > 1 && text.ends_with('/'))
        return wrong(text.size() - 1, "leave out the slash at the end");
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_alnum(text[at]) && std::string_view("/-._~").find(text[at]) == std::string_view::npos)
            return wrong(at, "letters, digits, - . _ ~ and / only");
    }
    for (const auto& part : std::filesystem::path(text))
        if (part == ".." || part == ".") return wrong(text.find("."), "no . and no .. in the path");
    if (text.find("//") != std::string_view::npos) return wrong(text.find("//"), "one slash is enough");
    return std::string(text);
}

ValueResult<std::string> parse_account(std::string_view text) {
    if (text.size() > 32) return wrong(32, "such a name has at most 32 characters");
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool fits = is_lower(c) || c == '_' || (at > 0 && (is_digit(c) || c == '-'));
        if (!fits) return wrong(at, "lower-case letters, digits, - and _ only");
    }
    return std::string(text);
}

}  // namespace berth::host::config
