// SPDX-License-Identifier: MIT
/// The HTTP side of `RawClient`: requests, replies, the opening handshake.
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "support/raw_client.hpp"

namespace berth::test {

namespace {

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

HttpReply parse_head(std::string_view head) {
    HttpReply reply;
    const std::string_view line = head.substr(0, head.find("\r\n"));
    if (!line.starts_with("HTTP/1.1 ") || line.size() < 12) return reply;
    reply.status = std::stoi(std::string{line.substr(9, 3)});
    reply.reason = line.size() > 13 ? line.substr(13) : std::string_view{};
    for (auto at = line.size() + 2; at < head.size();) {
        const auto end = head.find("\r\n", at);
        const auto field = head.substr(at, end - at);
        const auto colon = field.find(':');
        if (colon != std::string_view::npos)
            reply.headers.emplace_back(field.substr(0, colon), trimmed(field.substr(colon + 1)));
        if (end == std::string_view::npos) break;
        at = end + 2;
    }
    return reply;
}

}  // namespace

std::string HttpReply::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [&](const auto& header) { return same_name(header.first, name); });
    return found == headers.end() ? std::string{} : found->second;
}

std::size_t HttpReply::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        headers.begin(), headers.end(), [&](const auto& header) { return same_name(header.first, name); }));
}

std::string accept_of(std::string_view key) {
    const std::string text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::array<unsigned char, 29> encoded{};
    EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
    return reinterpret_cast<const char*>(encoded.data());
}

std::string upgrade_request(std::string_view target, const Headers& more, std::string_view host) {
    Headers headers{{"Host", std::string{host}},
                    {"Upgrade", "websocket"},
                    {"Connection", "Upgrade"},
                    {"Sec-WebSocket-Key", std::string{usual_key}},
                    {"Sec-WebSocket-Version", "13"}};
    for (const auto& [name, value] : more)
        headers.erase(std::remove_if(headers.begin(), headers.end(),
                                     [&, &replaced = name](const auto& header) {
                                         return same_name(header.first, replaced);
                                     }),
                      headers.end());
    headers.insert(headers.end(), more.begin(), more.end());
    std::string request = "GET " + std::string{target} + " HTTP/1.1\r\n";
    for (const auto& [name, value] : headers)
        if (!value.empty()) request += name + ": " + value + "\r\n";
    return request + "\r\n";
}

HttpReply RawClient::reply(Deadline deadline) {
    std::size_t end = std::string::npos;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos)
        if (!receive(deadline)) return {};
    HttpReply reply = parse_head(std::string_view{in_}.substr(0, end));
    in_.erase(0, end + 4);
    const std::string length = reply.header("Content-Length");
    if (reply.status == 101 || length.empty()) return reply;
    const std::size_t wanted = std::stoul(length);
    while (in_.size() < wanted && receive(deadline)) {
    }
    reply.body = in_.substr(0, wanted);
    in_.erase(0, reply.body.size());
    return reply;
}

HttpReply RawClient::ask(std::string_view target, const Headers& more, Deadline deadline) {
    if (!send(upgrade_request(target, more), deadline)) return {};
    return reply(deadline);
}

void RawClient::open(std::string_view target, const Headers& more, Deadline deadline) {
    const HttpReply answer = ask(target, more, deadline);
    if (answer.status != 101)
        throw std::runtime_error("opening " + std::string{target} + ": " + std::to_string(answer.status) +
                                 " " + answer.reason + ": " + answer.body);
    if (!same_name(answer.header("Upgrade"), "websocket") ||
        !same_name(answer.header("Connection"), "upgrade"))
        throw std::runtime_error("the 101 lacks Upgrade: websocket or Connection: Upgrade");
    if (answer.header("Sec-WebSocket-Accept") != accept_of(usual_key))
        throw std::runtime_error("the 101 has a wrong Sec-WebSocket-Accept");
    if (answer.count("Sec-WebSocket-Extensions") != 0) throw std::runtime_error("the 101 names an extension");
}

}  // namespace berth::test
