// SPDX-License-Identifier: MIT
/// A URL, query, cookie field, path or list: taken apart without harm; what parses can be sent and is
/// understood.
#include "fuzz/target.hpp"
#include "wire/extensions.hpp"
#include "wire/handshake.hpp"
#include "wire/uri.hpp"
#include "wire/utf8.hpp"

namespace berth::fuzz {

namespace {

using namespace berth::wire;

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";

void check_url(std::string_view text) {
    const auto url = parse_url(text);
    if (!url) return promise(!url.error().empty(), "a refused URL has a sentence");
    const std::string authority = url->authority();
    const auto request = make_request({.authority = authority, .target = url->target, .key = key});
    promise(static_cast<bool>(request), "a URL that parses can be asked for");

    RequestReader reader{{.head_bytes_max = 64 * 1024, .uri_bytes_max = 32 * 1024}};
    reader.feed(*request);
    const std::string_view path = std::string_view{url->target}.substr(0, url->target.find('?'));
    promise((reader.state() == ReadState::complete) == path_problem(path).empty(),
            "a server understands it unless the path has a problem");
    promise(reader.state() != ReadState::complete || reader.request().host == authority,
            "a server sees the same host");

    const auto again = parse_url((url->secure ? "wss://" : "ws://") + authority + url->target);
    promise(again && again->host == url->host && again->port == url->port && again->target == url->target,
            "a URL put together again means the same");
}

void check_pieces(std::string_view text) {
    for (const auto& [name, value] : split_query(text)) {
        promise(name.size() + value.size() <= text.size(), "a parameter is no longer than its query");
    }
    for (const auto& [name, value] : split_cookies(text)) {
        promise(!name.empty() && trimmed(name) == name && trimmed(value) == value,
                "a cookie is named and trimmed");
    }
    if (const auto decoded = percent_decode(text))
        promise(decoded->size() <= text.size(), "decoding makes shorter");
    if (const auto project = project_of(text))
        promise(is_project_name(*project), "a project has a valid name");
    if (path_problem(text).empty()) promise(text.starts_with('/'), "a path begins with a slash");
    const Headers headers = {{"Sec-WebSocket-Extensions", text}};
    if (const auto extensions = parse_extensions(headers)) {
        for (const Extension& extension : *extensions)
            promise(is_token(extension.name), "an extension is a token");
    }
}

void check_utf8(std::string_view text) {
    Utf8Validator validator;
    bool fed = true;
    for (std::size_t i = 0; i < text.size() && fed; ++i) fed = validator.feed(text.substr(i, 1));
    promise((fed && validator.is_complete()) == is_valid_utf8(text), "byte by byte is as valid as whole");
    if (is_valid_utf8(text)) {
        promise(is_valid_utf8(utf8_prefix(text, text.size() / 2)), "a prefix of valid text is valid");
    }
}

}  // namespace

std::vector<std::string> seeds() {
    return {"ws://example.com",
            "wss://[2001:db8::1]:8443/chat?x=%20&y",
            "ws://h:80/a/../b",
            "/chat/room%201",
            "/%2e%2e/x",
            "a=1&b=%2B+c&&=x&d",
            "sid=abc; theme=\"dark\"; x",
            "permessage-deflate; a=\"1\", b;c",
            "caf\xC3\xA9 \xF0\x9F\x98\x80"};
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    berth::fuzz::check_url(text);
    berth::fuzz::check_pieces(text);
    berth::fuzz::check_utf8(text);
    return 0;
}
