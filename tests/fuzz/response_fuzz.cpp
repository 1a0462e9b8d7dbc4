// SPDX-License-Identifier: MIT
/// What a server answers: read the same in pieces; only an answer to our key is agreed to.
#include <array>

#include "fuzz/target.hpp"
#include "unit/wire/http_reading.hpp"
#include "wire/handshake.hpp"

namespace berth::fuzz {

namespace {

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::array<std::string_view, 2> subprotocols = {"a", "b"};

std::string answer(std::string_view more) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
           std::string{more} + "\r\n";
}

}  // namespace

std::vector<std::string> seeds() {
    return {answer(""), answer("Sec-WebSocket-Protocol: b\r\n"), answer("Sec-WebSocket-Extensions: x\r\n"),
            answer("Sec-WebSocket-Protocol: c\r\n") + "frames",
            "HTTP/1.0 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 3\r\n\r\nno\n"};
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::fuzz;
    using namespace berth::wire;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    constexpr HeadLimits limits{.head_bytes_max = 1024, .headers_max = 16};

    const std::string whole = response_of(bytes, limits);
    promise(response_of(bytes, limits, 1) == whole, "byte by byte says the same");
    promise(response_of(bytes, limits, 7) == whole, "in pieces says the same");

    ResponseReader reader{limits};
    reader.feed(bytes);
    if (reader.state() == ReadState::refused) promise(!reader.error().empty(), "a refusal has a sentence");
    if (reader.state() != ReadState::complete) return 0;
    const Response& response = reader.response();
    promise(response.status >= 100 && response.status <= 599, "a status has three digits");
    const auto agreement = check_response(response, key, subprotocols);
    if (agreement) {
        promise(response.status == 101 &&
                    find(response.headers, "sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                "only the right key is agreed to");
        promise(
            agreement->subprotocol.empty() || agreement->subprotocol == "a" || agreement->subprotocol == "b",
            "only what was asked for is agreed to");
    }
    return 0;
}
