// SPDX-License-Identifier: MIT
#include "wire/uri.hpp"

#include <algorithm>
#include <charconv>

#include "wire/http_head.hpp"
#include "wire/utf8.hpp"

namespace berth::wire {

namespace {

constexpr std::size_t project_name_bytes_max = 64;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
bool is_alphanumeric(char c) noexcept {
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z');
}

int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The byte that "%XX" at the front of `text` stands for, or -1.
int encoded_byte(std::string_view text) noexcept {
    if (text.size() < 3 || text[0] != '%') return -1;
    const int high = hex_value(text[1]);
    const int low = hex_value(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Cuts `rest` behind the next `divider` and answers what stood before it.
std::string_view next_piece(std::string_view& rest, char divider) noexcept {
    const std::size_t end = std::min(rest.find(divider), rest.size());
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    return piece;
}

std::string decode_form(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const int byte = encoded_byte(text.substr(i)); byte >= 0) {
            decoded.push_back(static_cast<char>(byte));
            i += 2;
        } else {
            decoded.push_back(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return decoded;
}

bool is_ipv4(std::string_view text) noexcept {
    int parts = 0;
    for (std::string_view rest = text; parts < 4; ++parts) {
        const std::string_view part = next_piece(rest, '.');
        if (part.empty() || part.size() > 3 || !std::all_of(part.begin(), part.end(), is_digit)) return false;
        int value = 0;
        std::from_chars(part.data(), part.data() + part.size(), value);
        if (value > 255) return false;
        if (parts == 3) return rest.empty() && text.back() != '.';
        if (rest.empty()) return false;
    }
    return false;
}

/// RFC 4291 §2.2: eight groups, or fewer around one "::", the last two perhaps as an IPv4 address.
bool is_ipv6(std::string_view text) noexcept {
    int groups = 0;
    bool gap = false;
    if (text.starts_with("::")) {
        gap = true;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(':'), text.size());
        const std::string_view group = text.substr(0, end);
        if (end == text.size() && group.find('.') != std::string_view::npos) {
            if (!is_ipv4(group)) return false;
            groups += 2;
            break;
        }
        if (group.empty() || group.size() > 4) return false;
        if (!std::all_of(group.begin(), group.end(), [](char c) { return hex_value(c) >= 0; })) return false;
        ++groups;
        text.remove_prefix(end);
        if (text.empty()) break;
        text.remove_prefix(1);
        if (text.empty()) return false;
        if (text.front() == ':') {
            if (gap) return false;
            gap = true;
            text.remove_prefix(1);
        }
    }
    return gap ? groups < 8 : groups == 8;
}

bool is_host_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
    });
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stopped != end || port == 0) return std::nullopt;
    return port;
}

struct HostAndPort {
    std::string_view host;  ///< without brackets
    std::optional<std::uint16_t> port;
};

std::optional<HostAndPort> split_authority(std::string_view text) noexcept {
    HostAndPort result;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        result.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
        if (!is_ipv6(result.host)) return std::nullopt;
    } else {
        const std::size_t end = std::min(text.find(':'), text.size());
        result.host = text.substr(0, end);
        rest = text.substr(end);
        if (!is_host_name(result.host)) return std::nullopt;
    }
    if (rest.empty()) return result;
    if (!rest.starts_with(':')) return std::nullopt;
    result.port = parse_port(rest.substr(1));
    if (!result.port) return std::nullopt;
    return result;
}

std::uint16_t standard_port(bool secure) noexcept {
    return secure ? 443 : 80;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        const int byte = encoded_byte(text.substr(i));
        if (byte < 0) return std::nullopt;
        decoded.push_back(static_cast<char>(byte));
        i += 2;
    }
    return decoded;
}

std::vector<std::pair<std::string, std::string>> split_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    while (!query.empty()) {
        std::string_view value = next_piece(query, '&');
        if (value.empty()) continue;
        const std::string_view name = next_piece(value, '=');
        parameters.emplace_back(decode_form(name), decode_form(value));
    }
    return parameters;
}

std::vector<std::pair<std::string_view, std::string_view>> split_cookies(std::string_view field) {
    std::vector<std::pair<std::string_view, std::string_view>> cookies;
    while (!field.empty()) {
        const std::string_view piece = next_piece(field, ';');
        const std::size_t equals = piece.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = trimmed(piece.substr(0, equals));
        if (!name.empty()) cookies.emplace_back(name, trimmed(piece.substr(equals + 1)));
    }
    return cookies;
}

std::string_view path_problem(std::string_view path) {
    if (!path.starts_with('/')) return "path that does not begin with a slash (RFC 9112 §3.2.1)";
    const std::optional<std::string> decoded = percent_decode(path);
    if (!decoded) return "path with a percent sign that encodes nothing (RFC 3986 §2.1)";
    if (!is_valid_utf8(*decoded)) return "path that is not UTF-8";
    for (const char c : *decoded) {
        if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F) return "path with a control character";
        if (c == '\\') return "path with a backslash";
    }
    for (std::string_view rest = std::string_view{*decoded}.substr(1); !rest.empty();) {
        const std::string_view segment = next_piece(rest, '/');
        if (segment == "." || segment == "..") return "path with a segment \".\" or \"..\" (RFC 3986 §5.2.4)";
    }
    return {};
}

std::optional<std::string_view> project_of(std::string_view path) noexcept {
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
    const std::string_view name = next_piece(path, '/');
    if (!is_project_name(name)) return std::nullopt;
    return name;
}

bool is_project_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > project_name_bytes_max) return false;
    if (!is_lower(name.front()) && !is_digit(name.front())) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; });
}

bool is_authority(std::string_view text) noexcept {
    return split_authority(text).has_value();
}

bool is_target_character(char c) noexcept {
    return c > 0x20 && c < 0x7F && c != '#' && c != '"' && c != '<' && c != '>';
}

std::string Url::authority() const {
    const bool bracketed = host.find(':') != std::string::npos;
    std::string text;
    if (bracketed) text.push_back('[');
    text.append(host);
    if (bracketed) text.push_back(']');
    if (port != standard_port(secure)) text.append(1, ':').append(std::to_string(port));
    return text;
}

Outcome<Url, std::string_view> parse_url(std::string_view text) {
    Url url;
    const std::size_t scheme_end = text.find("://");
    const std::string_view scheme = text.substr(0, scheme_end);
    url.secure = equals_ignoring_case(scheme, "wss");
    if (scheme_end == std::string_view::npos || (!url.secure && !equals_ignoring_case(scheme, "ws"))) {
        return std::string_view{"URL that does not begin with ws:// or wss:// (RFC 6455 §3)"};
    }
    text.remove_prefix(scheme_end + 3);
    if (text.find('#') != std::string_view::npos)
        return std::string_view{"URL with a fragment (RFC 6455 §3)"};

    const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
    const std::string_view authority = text.substr(0, authority_end);
    if (authority.find('@') != std::string_view::npos)
        return std::string_view{"URL with user information (RFC 6455 §3)"};
    const std::optional<HostAndPort> parts = split_authority(authority);
    if (!parts) return std::string_view{"URL without a valid host and port (RFC 3986 §3.2)"};

    const std::string_view target = text.substr(authority_end);
    if (!std::all_of(target.begin(), target.end(), is_target_character)) {
        return std::string_view{"URL with a character that must be encoded (RFC 3986 §2)"};
    }
    url.host = parts->host;
    for (char& c : url.host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    url.port = parts->port.value_or(standard_port(url.secure));
    if (!target.starts_with('/')) url.target.push_back('/');
    url.target.append(target);
    return url;
}

}  // namespace berth::wire
