// SPDX-License-Identifier: MIT
#include "wire/refusal.hpp"

#include "wire/require.hpp"

namespace berth::wire {

namespace {

/// Fields that RFC 9110 demands with a status: §15.5.6, §15.5.22 with RFC 6455 §4.4, §11.6.1.
std::string_view fields_of(std::uint16_t status) noexcept {
    switch (status) {
        case 401:
            return "WWW-Authenticate: Bearer\r\n";
        case 405:
            return "Allow: GET\r\n";
        case 426:
            return "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
        default:
            return {};
    }
}

}  // namespace

void append_refusal(std::string& to, const Refusal& refusal) {
    require(refusal.status >= 400 && refusal.status <= 599, "a refusal has a status of 400 to 599");
    const std::size_t body_bytes = refusal.sentence.empty() ? 0 : refusal.sentence.size() + 1;

    to.append("HTTP/1.1 ").append(std::to_string(refusal.status)).append(" ");
    to.append(reason_phrase(refusal.status)).append("\r\n");
    to.append(refusal.status == 426 ? "Connection: close, Upgrade\r\n" : "Connection: close\r\n");
    to.append(fields_of(refusal.status));
    if (refusal.retry_after_s) {
        to.append("Retry-After: ").append(std::to_string(*refusal.retry_after_s)).append("\r\n");
    }
    if (body_bytes != 0) to.append("Content-Type: text/plain; charset=utf-8\r\n");
    to.append("Content-Length: ").append(std::to_string(body_bytes)).append("\r\n");
    to.append("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n");
    if (body_bytes != 0) to.append(refusal.sentence).append("\n");
}

std::string_view reason_phrase(std::uint16_t status) noexcept {
    switch (status) {
        case 101:
            return "Switching Protocols";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 421:
            return "Misdirected Request";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            break;
    }
    switch (status / 100) {
        case 1:
            return "Informational";
        case 2:
            return "Successful";
        case 3:
            return "Redirection";
        case 4:
            return "Client Error";
        default:
            return "Server Error";
    }
}

}  // namespace berth::wire
