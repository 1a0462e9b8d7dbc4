// SPDX-License-Identifier: MIT
/// What a newcomer sends: read the same in pieces, and answered in a way that our own client understands.
#include "fuzz/target.hpp"
#include "unit/wire/http_reading.hpp"
#include "wire/handshake.hpp"
#include "wire/uri.hpp"

namespace berth::fuzz {

namespace {

using namespace berth::wire;

void check_refusal(const HttpError& error) {
    promise(error.status >= 400 && error.status <= 599 && !error.sentence.empty(),
            "a refusal has status and sentence");
    std::string answer;
    append_refusal(answer, {.status = error.status, .sentence = error.sentence});
    ResponseReader reader;
    reader.feed(answer);
    promise(reader.state() == ReadState::complete && reader.response().status == error.status,
            "a refusal is a valid response");
}

void check_upgrade(const Upgrade& upgrade) {
    std::string answer;
    const std::string_view chosen =
        upgrade.subprotocols.empty() ? std::string_view{} : upgrade.subprotocols.front();
    append_switching_protocols(answer, upgrade.key, chosen);
    ResponseReader reader;
    promise(reader.feed(answer) == answer.size() && reader.state() == ReadState::complete,
            "an acceptance is a valid response");
    const auto agreement = check_response(reader.response(), upgrade.key, upgrade.subprotocols);
    promise(agreement && agreement->subprotocol == chosen, "our client agrees with our server");
}

void check_request(const Request& request) {
    promise(request.path.starts_with('/') && path_problem(request.path).empty(), "a path has no problem");
    promise(request.target.starts_with(request.path), "a target begins with its path");
    promise(is_authority(request.host), "a host is a name or an address");
    for (const Header& header : request.headers) {
        promise(is_token(header.name) && is_field_value(header.value), "a header is well formed");
    }
    const auto upgrade = read_upgrade(request);
    if (upgrade) {
        check_upgrade(*upgrade);
    } else {
        check_refusal(upgrade.error());
    }
}

std::string handshake(std::string_view target, std::string_view more) {
    return "GET " + std::string{target} +
           " HTTP/1.1\r\nHost: h:7681\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
           std::string{more} + "\r\n";
}

}  // namespace

std::vector<std::string> seeds() {
    return {
        handshake("/chat?a=b", ""),
        handshake("http://h:7681/x",
                  "Origin: http://h\r\nSec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c\r\n"),
        handshake("/%C3%A9/..x",
                  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=\"10\"\r\n\r\nbytes"),
        handshake("/", "Content-Length: 0\r\n"),
        handshake("/", "Content-Length: 7\r\n"),
        handshake("/", "Transfer-Encoding: chunked\r\n"),
        "GET / HTTP/1.0\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: [::1]\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [2001:db8::1.2.3.4]:80\r\nUpgrade: h2c\r\n\r\n",
    };
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::fuzz;
    using namespace berth::wire;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    constexpr HeadLimits limits{.head_bytes_max = 1024, .headers_max = 16, .uri_bytes_max = 256};

    const std::string whole = request_of(bytes, limits);
    promise(request_of(bytes, limits, 1) == whole, "byte by byte says the same");
    promise(request_of(bytes, limits, 7) == whole, "in pieces says the same");

    RequestReader reader{limits};
    const std::size_t taken = reader.feed(bytes);
    promise(taken <= size && taken <= limits.head_bytes_max + 1, "no more is taken than the limit");
    if (reader.state() == ReadState::refused) check_refusal(reader.error());
    if (reader.state() == ReadState::complete) check_request(reader.request());
    return 0;
}
