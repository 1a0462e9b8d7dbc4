// SPDX-License-Identifier: MIT
#include "client/tunnel.hpp"

#include <chrono>

#include "client/retry_after.hpp"
#include "wire/http_head.hpp"
#include "wire/refusal.hpp"

namespace berth::client::inner {

namespace {

constexpr wire::HeadLimits answer_limits{.head_bytes_max = 16 * 1024, .headers_max = 128};

/// With its port in any case.
std::string authority_with_port(const wire::Url& url) {
    const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
    return host + ":" + std::to_string(url.port);
}

}  // namespace

Tunnel::Tunnel(const ProxySettings& proxy, const wire::Url& url) : proxy_(proxy), reader_(answer_limits) {
    const std::string authority = authority_with_port(url);
    request_ = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!proxy.authorization.empty()) request_ += "Proxy-Authorization: " + proxy.authorization + "\r\n";
    request_ += "\r\n";
}

std::size_t Tunnel::feed(std::string_view bytes) {
    const std::size_t used = reader_.feed(bytes);
    if (reader_.state() != wire::ReadState::reading) judge();
    if (is_agreed_ && used < bytes.size()) {
        is_agreed_ = false;
        fail(BERTH_CLIENT_PROTOCOL, "sent bytes that nobody asked for");
    }
    return used;
}

void Tunnel::end() {
    if (!is_settled()) fail(BERTH_CLIENT_LOST, "ended the connection without an answer");
}

void Tunnel::judge() {
    if (reader_.state() == wire::ReadState::refused) return fail(BERTH_CLIENT_PROTOCOL, reader_.error());
    const wire::Response& response = reader_.response();
    is_agreed_ = response.status >= 200 && response.status < 300;
    if (is_agreed_) return;
    const std::string_view phrase = response.reason.empty() ? wire::reason_phrase(response.status) : response.reason;
    fail(BERTH_CLIENT_REFUSED, "answered " + std::to_string(response.status) + " " + std::string{phrase}, response.status);
    if (const auto value = wire::find(response.headers, "retry-after"))
        failure_->retry_after = read_retry_after(*value, std::chrono::system_clock::now());
}

void Tunnel::fail(berth_client_status status, std::string_view why, std::uint16_t http_status) {
    failure_ = {.status = status, .text = "the proxy " + proxy_.shown() + ": " + std::string{why}, .http_status = http_status};
}

}  // namespace berth::client::inner
