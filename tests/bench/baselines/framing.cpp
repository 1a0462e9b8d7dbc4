// SPDX-License-Identifier: MIT
#include "bench/baselines/framing.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace berth::bench {

namespace {

struct Header {
    std::size_t bytes = 0;  ///< with the key; 0: not whole
    std::size_t payload_bytes = 0;
};

Header read_header(std::span<const char> bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() < 2) return {};
    if ((at(1) & 0x80) == 0) throw std::runtime_error("a client's frame is not masked");
    const std::size_t short_length = at(1) & 0x7F;
    const std::size_t length_bytes = short_length < 126 ? 0 : short_length == 126 ? 2 : 8;
    const std::size_t header_bytes = 2 + length_bytes + 4;
    if (bytes.size() < header_bytes) return {};
    std::size_t length = length_bytes == 0 ? short_length : 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | at(2 + i);
    return {header_bytes, length};
}

void append_header(std::string& to, char first, std::size_t length) {
    to += first;
    const unsigned length_bytes = length < 126 ? 0 : length <= 0xFFFF ? 2 : 8;
    to += static_cast<char>(length_bytes == 0 ? length : length_bytes == 2 ? 126u : 127u);
    for (unsigned i = length_bytes; i-- > 0;) to += static_cast<char>(length >> (8 * i));
}

void append_unmasked(std::string& to, const char* payload, std::size_t size, std::uint64_t key) {
    const std::size_t begin = to.size();
    to.append(payload, size);
    char* at = to.data() + begin;
    for (; size >= sizeof key; at += sizeof key, size -= sizeof key) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        word ^= key;
        std::memcpy(at, &word, sizeof word);
    }
    for (std::size_t i = 0; i < size; ++i)
        at[i] = static_cast<char>(at[i] ^ static_cast<char>(key >> (8 * i)));
}

}  // namespace

std::size_t reframe(std::span<const char> bytes, std::string& answers) {
    std::size_t taken = 0;
    for (;;) {
        const auto rest = bytes.subspan(taken);
        const Header header = read_header(rest);
        if (header.bytes == 0 || rest.size() - header.bytes < header.payload_bytes) return taken;
        std::uint32_t key = 0;
        std::memcpy(&key, rest.data() + header.bytes - sizeof key, sizeof key);
        append_header(answers, rest[0], header.payload_bytes);
        append_unmasked(answers, rest.data() + header.bytes, header.payload_bytes,
                        static_cast<std::uint64_t>(key) << 32 | key);
        taken += header.bytes + header.payload_bytes;
    }
}

}  // namespace berth::bench
