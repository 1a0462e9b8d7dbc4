// SPDX-License-Identifier: MIT
/// Shows a reader's whole result as text, so that two readings can be compared.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "wire/http_request.hpp"
#include "wire/http_response.hpp"

namespace berth::wire {

inline std::string shown(const Headers& headers) {
    std::string text;
    for (const Header& header : headers)
        text.append("\n").append(header.name).append("=").append(header.value);
    return text;
}

/// Feeds in pieces of at most `piece` bytes until the reader has enough; answers how many it took.
template <class Reader>
std::size_t feed_head(Reader& reader, std::string_view bytes, std::size_t piece = std::string_view::npos) {
    std::size_t taken = 0;
    while (taken < bytes.size() && reader.state() == ReadState::reading) {
        const std::string part{bytes.substr(taken, piece)};
        taken += reader.feed(part);
    }
    return taken;
}

/// "reading", "refused STATUS SENTENCE after N", or everything that a request says.
inline std::string request_of(std::string_view bytes, HeadLimits limits = {},
                              std::size_t piece = std::string_view::npos) {
    RequestReader reader{limits};
    const std::size_t taken = feed_head(reader, bytes, piece);
    switch (reader.state()) {
        case ReadState::reading:
            return "reading";
        case ReadState::refused:
            return "refused " + std::to_string(reader.error().status) + " " +
                   std::string{reader.error().sentence} + " after " + std::to_string(taken);
        case ReadState::complete:
            break;
    }
    const Request& request = reader.request();
    return std::string{request.target} + " path " + std::string{request.path} + " query " +
           std::string{request.query} + " host " + std::string{request.host} + " after " +
           std::to_string(taken) + shown(request.headers);
}

/// The same without "after N", for tests that do not care where.
inline std::string refusal_of(std::string_view bytes, HeadLimits limits = {}) {
    const std::string text = request_of(bytes, limits);
    return text.substr(0, text.rfind(" after "));
}

inline std::string response_of(std::string_view bytes, HeadLimits limits = {},
                               std::size_t piece = std::string_view::npos) {
    ResponseReader reader{limits};
    const std::size_t taken = feed_head(reader, bytes, piece);
    switch (reader.state()) {
        case ReadState::reading:
            return "reading";
        case ReadState::refused:
            return "refused " + std::string{reader.error()} + " after " + std::to_string(taken);
        case ReadState::complete:
            break;
    }
    const Response& response = reader.response();
    return std::to_string(response.status) + " 1." + std::to_string(response.minor_version) + " " +
           std::string{response.reason} + " after " + std::to_string(taken) + shown(response.headers);
}

}  // namespace berth::wire
