// SPDX-License-Identifier: MIT
/// What a client writes into X-Forwarded-For: whatever it is, behind a proxy that adds to it the client is whom the proxy names.
#include "fuzz/target.hpp"
#include "gateway/forwarded.hpp"

namespace berth::fuzz {

std::vector<std::string> seeds() {
    return {"203.0.113.7", "203.0.113.7:80, [2001:db8::1]:443", "\"10.0.0.1, ,::ffff:10.0.0.1", "unknown, _x\t,[::1]", "10.0.0.1,10.0.0.2"};
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::fuzz;
    using namespace berth::host;
    using berth::host::transport::PeerAddress;
    const std::string written{reinterpret_cast<const char*>(data), size};
    const std::vector<IpNetwork> proxies{*IpNetwork::parse("10.0.0.0/8")};

    // Alone: nobody, or an address that reads back as itself.
    const auto alone = gateway::forwarded_client({{"X-Forwarded-For", written}}, proxies);
    if (alone) {
        const auto again = PeerAddress::parse(alone->text());
        promise(again && again->key() == alone->key(), "an address has one spelling");
    }
    // The proxy adds its own peer to the line, or in a line of its own.
    const std::string added = written + ", 203.0.113.7";
    const auto in_line = gateway::forwarded_client({{"X-Forwarded-For", added}}, proxies);
    promise(in_line && in_line->text() == "203.0.113.7", "what the proxy adds counts");
    const auto in_lines = gateway::forwarded_client({{"X-Forwarded-For", written}, {"x-forwarded-for", "203.0.113.7"}}, proxies);
    promise(in_lines && in_lines->text() == "203.0.113.7", "what the proxy adds in a line of its own counts");

    if (const auto network = IpNetwork::parse(written)) {
        const auto again = IpNetwork::parse(network->text());
        promise(again && *again == *network, "a network has one spelling");
    }
    return 0;
}
