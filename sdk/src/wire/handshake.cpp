// SPDX-License-Identifier: MIT
#include "wire/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "wire/base64.hpp"
#include "wire/require.hpp"
#include "wire/uri.hpp"

namespace berth::wire {

namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
constexpr std::size_t sha1_bytes = 20;
constexpr std::size_t nonce_bytes = 16;

std::size_t count_equal(std::span<const std::string_view> texts, std::string_view text) {
    return static_cast<std::size_t>(std::count(texts.begin(), texts.end(), text));
}

/// RFC 6455 §4.1: tokens, none twice.
std::string_view subprotocols_problem(std::span<const std::string_view> subprotocols) {
    if (subprotocols.size() > subprotocols_max) return "more sub-protocols than allowed";
    for (const std::string_view subprotocol : subprotocols) {
        if (!is_token(subprotocol)) return "sub-protocol that is not a token (RFC 6455 §4.1)";
        if (count_equal(subprotocols, subprotocol) != 1) return "sub-protocol offered twice (RFC 6455 §4.1)";
    }
    return {};
}

/// Fields that the request has already, or that would change where it ends.
bool is_reserved(std::string_view name) {
    constexpr std::string_view prefix = "sec-websocket-";
    if (equals_ignoring_case(name.substr(0, prefix.size()), prefix)) return true;
    for (const std::string_view reserved :
         {"host", "upgrade", "connection", "content-length", "transfer-encoding", "origin"}) {
        if (equals_ignoring_case(name, reserved)) return true;
    }
    return false;
}

/// What can not be sent, as a sentence; empty when all can.
std::string_view problem_of(const ClientRequest& request) {
    if (!is_authority(request.authority)) return "authority that is no name or address";
    if (!request.target.starts_with('/') ||
        !std::all_of(request.target.begin(), request.target.end(), is_target_character)) {
        return "target that is not a path, or has a character that must be encoded";
    }
    if (!is_base64_of(request.key, nonce_bytes)) return "key that is not the Base64 of 16 bytes";
    if (!is_field_value(request.origin)) return "origin with a control character";
    if (!is_field_value(request.extensions)) return "extensions with a control character";
    if (const auto problem = subprotocols_problem(request.subprotocols); !problem.empty()) return problem;
    for (const Header& header : request.headers) {
        if (!is_token(header.name)) return "header whose name is not a token";
        if (!is_field_value(header.value)) return "header whose value has a control character";
        if (is_reserved(header.name)) return "header that the handshake sets itself";
    }
    return {};
}

}  // namespace

AcceptKey accept_key(std::string_view key) {
    std::string text{key};
    text += guid;
    std::array<std::uint8_t, sha1_bytes> digest{};
    unsigned int size = 0;
    const int done = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    require(done == 1 && size == sha1_bytes, "the cryptography library computes SHA-1");
    AcceptKey encoded{};
    encode_base64(digest, encoded.data());
    return encoded;
}

ClientKey client_key(std::span<const std::uint8_t, 16> nonce) noexcept {
    ClientKey encoded{};
    encode_base64(nonce, encoded.data());
    return encoded;
}

Outcome<Upgrade, HttpError> read_upgrade(const Request& request) {
    const Headers& headers = request.headers;
    const auto refuse = [](std::uint16_t status, std::string_view sentence) {
        return HttpError{status, sentence};
    };

    if (!list_contains(headers, "upgrade", "websocket")) {
        return refuse(426, "this address speaks WebSocket only (RFC 6455 §4.2.1)");
    }
    if (!list_contains(headers, "connection", "upgrade")) {
        return refuse(400, "Connection that does not name Upgrade (RFC 6455 §4.2.1)");
    }
    // Both lists may come in several lines (RFC 7230 §3.2.2). What contradicts itself there is not guessed at: who is
    // before this server may have understood the other half.
    const auto upgrades = list_elements(headers, "upgrade");
    const bool is_websocket_alone = std::all_of(upgrades.begin(), upgrades.end(), [](std::string_view protocol) {
        return equals_ignoring_case(protocol, "websocket");
    });
    if (!is_websocket_alone) return refuse(400, "Upgrade to another protocol, too (RFC 7230 §6.7)");
    if (list_contains(headers, "connection", "close")) {
        return refuse(400, "Connection that names Upgrade and close (RFC 7230 §6.1)");
    }
    if (count(headers, "sec-websocket-version") != 1 || find(headers, "sec-websocket-version") != "13") {
        return refuse(426, "Sec-WebSocket-Version other than 13 (RFC 6455 §4.4)");
    }
    Upgrade upgrade;
    if (count(headers, "sec-websocket-key") != 1) {
        return refuse(400, "not exactly one Sec-WebSocket-Key (RFC 6455 §11.3.1)");
    }
    upgrade.key = *find(headers, "sec-websocket-key");
    if (!is_base64_of(upgrade.key, nonce_bytes)) {
        return refuse(400, "Sec-WebSocket-Key that is not the Base64 of 16 bytes (RFC 6455 §4.2.1)");
    }
    if (count(headers, "origin") > 1) return refuse(400, "more than one Origin (RFC 6454 §7.3)");
    upgrade.origin = find(headers, "origin");

    upgrade.subprotocols = list_elements(headers, "sec-websocket-protocol");
    if (upgrade.subprotocols.empty() && count(headers, "sec-websocket-protocol") != 0) {
        return refuse(400, "Sec-WebSocket-Protocol without a sub-protocol (RFC 6455 §11.3.4)");
    }
    if (const auto problem = subprotocols_problem(upgrade.subprotocols); !problem.empty())
        return refuse(400, problem);

    auto extensions = parse_extensions(headers);
    if (!extensions) return refuse(400, "malformed Sec-WebSocket-Extensions (RFC 6455 §9.1)");
    upgrade.extensions = std::move(*extensions);
    return upgrade;
}

void append_switching_protocols(std::string& to, std::string_view key, std::string_view subprotocol,
                                std::string_view extensions) {
    require(subprotocol.empty() || is_token(subprotocol), "a sub-protocol is a token");
    require(is_field_value(extensions), "extensions are the value of a field");
    const AcceptKey accept = accept_key(key);
    to +=
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ";
    to.append(accept.data(), accept.size());
    if (!subprotocol.empty()) {
        to += "\r\nSec-WebSocket-Protocol: ";
        to += subprotocol;
    }
    if (!extensions.empty()) {
        to += "\r\nSec-WebSocket-Extensions: ";
        to += extensions;
    }
    to += "\r\n\r\n";
}

Outcome<std::string, std::string_view> make_request(const ClientRequest& request) {
    if (const auto problem = problem_of(request); !problem.empty()) return problem;
    std::string text;
    const auto line = [&text](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };
    text.append("GET ").append(request.target).append(" HTTP/1.1\r\n");
    line("Host", request.authority);
    line("Upgrade", "websocket");
    line("Connection", "Upgrade");
    line("Sec-WebSocket-Key", request.key);
    line("Sec-WebSocket-Version", "13");
    if (!request.origin.empty()) line("Origin", request.origin);
    if (!request.subprotocols.empty()) {
        std::string list;
        for (const std::string_view subprotocol : request.subprotocols) {
            if (!list.empty()) list += ", ";
            list += subprotocol;
        }
        line("Sec-WebSocket-Protocol", list);
    }
    if (!request.extensions.empty()) line("Sec-WebSocket-Extensions", request.extensions);
    for (const Header& header : request.headers) line(header.name, header.value);
    text += "\r\n";
    return text;
}

Outcome<Agreement, std::string_view> check_response(const Response& response, std::string_view key,
                                                    std::span<const std::string_view> subprotocols,
                                                    const std::optional<DeflateParameters>& offered) {
    const Headers& headers = response.headers;
    const auto refuse = [](std::string_view sentence) { return sentence; };

    if (response.status != 101) return refuse("the server did not switch protocols (RFC 6455 §4.1)");
    if (response.minor_version != 1) return refuse("HTTP version other than 1.1 (RFC 6455 §4.2.2)");
    const std::vector<std::string_view> upgrade = list_elements(headers, "upgrade");
    if (upgrade.size() != 1 || !equals_ignoring_case(upgrade.front(), "websocket")) {
        return refuse("Upgrade other than websocket (RFC 6455 §4.1)");
    }
    if (!list_contains(headers, "connection", "upgrade")) {
        return refuse("Connection that does not name Upgrade (RFC 6455 §4.1)");
    }
    const AcceptKey accept = accept_key(key);
    if (count(headers, "sec-websocket-accept") != 1 ||
        find(headers, "sec-websocket-accept") != std::string_view{accept.data(), accept.size()}) {
        return refuse("Sec-WebSocket-Accept that does not answer the key (RFC 6455 §4.1)");
    }
    Agreement agreement;
    if (!list_elements(headers, "sec-websocket-extensions").empty()) {
        if (!offered) return refuse("extension that was not asked for (RFC 6455 §4.1)");
        const auto extensions = parse_extensions(headers);
        if (!extensions) return refuse("malformed Sec-WebSocket-Extensions (RFC 6455 §9.1)");
        const auto deflate = check_deflate(*extensions, *offered);
        if (!deflate) return refuse(deflate.error());
        agreement.deflate = *deflate;
    }
    if (count(headers, "sec-websocket-protocol") > 1) {
        return refuse("more than one Sec-WebSocket-Protocol (RFC 6455 §11.3.4)");
    }
    if (const auto chosen = find(headers, "sec-websocket-protocol")) {
        if (count_equal(subprotocols, *chosen) == 0) {
            return refuse("sub-protocol that was not asked for (RFC 6455 §4.1)");
        }
        agreement.subprotocol = *chosen;
    }
    return agreement;
}

}  // namespace berth::wire
