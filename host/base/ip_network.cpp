// SPDX-License-Identifier: MIT
#include "base/ip_network.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

namespace berth::host {
namespace {

constexpr std::size_t mapped_bits = 96;
constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Of the byte at that place, the bits within a prefix.
std::uint8_t mask_of(std::size_t prefix, std::size_t byte) {
    const std::size_t bits = prefix > 8 * byte ? std::min<std::size_t>(prefix - 8 * byte, 8) : 0;
    return static_cast<std::uint8_t>(0xff00u >> bits);
}

}  // namespace

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
    IpNetwork network;
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));  // inet_pton wants an end, and a text that holds one is no address.
    const bool is_whole = address.find('\0') == std::string::npos;
    if (is_whole && ::inet_pton(AF_INET6, address.c_str(), network.bytes_.data()) == 1) {
        network.size_ = 16;
    } else if (!is_whole || ::inet_pton(AF_INET, address.c_str(), network.bytes_.data()) != 1) {
        return fail(Code::invalid, "write an address or a network in numbers, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32");
    }
    const std::size_t bits = 8 * network.size_;
    network.prefix_ = bits;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix_);
        if (error != std::errc{} || end != digits.data() + digits.size() || network.prefix_ > bits) {
            return fail(Code::invalid, "behind the / belongs how many of its " + std::to_string(bits) + " bits count, such as " +
                                          (network.size_ == 4 ? "10.0.0.0/8" : "2001:db8::/32"));
        }
    }
    if (network.size_ == 16 && network.prefix_ >= mapped_bits &&
        std::equal(mapped_prefix.begin(), mapped_prefix.end(), network.bytes_.begin())) {
        std::copy_n(network.bytes_.begin() + 12, 4, network.bytes_.begin());
        std::fill(network.bytes_.begin() + 4, network.bytes_.end(), std::uint8_t{0});
        network.size_ = 4;
        network.prefix_ -= mapped_bits;
    }
    if (network.prefix_ == 0) return fail(Code::invalid, "that is everybody: name addresses or smaller networks");
    IpNetwork cut = network;
    for (std::size_t i = 0; i < cut.size_; ++i) cut.bytes_[i] &= mask_of(cut.prefix_, i);
    if (cut != network) {
        return fail(Code::invalid, "it has bits behind its first " + std::to_string(network.prefix_) + ": write " + cut.text() +
                                      ", or the address alone");
    }
    return network;
}

bool IpNetwork::contains(std::span<const std::uint8_t> address) const {
    if (address.size() != size_) return false;
    for (std::size_t i = 0; i < size_; ++i) {
        if (((address[i] ^ bytes_[i]) & mask_of(prefix_, i)) != 0) return false;
    }
    return true;
}

std::string IpNetwork::text() const {
    std::array<char, INET6_ADDRSTRLEN> written{};
    std::string text = ::inet_ntop(size_ == 4 ? AF_INET : AF_INET6, bytes_.data(), written.data(), written.size());
    if (prefix_ != 8 * size_) text += "/" + std::to_string(prefix_);
    return text;
}

}  // namespace berth::host
