// SPDX-License-Identifier: MIT
#include "worker/text.hpp"

#include "wire/utf8.hpp"

namespace berth::host::worker {

std::string readable(std::string_view text, std::size_t bytes_max) {
    if (wire::is_valid_utf8(text)) return std::string(wire::utf8_prefix(text, bytes_max));
    std::string clean;
    for (std::size_t at = 0; at < text.size() && clean.size() < bytes_max;) {
        std::size_t length = 1;
        while (length < 4 && at + length < text.size() && !wire::is_valid_utf8(text.substr(at, length))) ++length;
        if (wire::is_valid_utf8(text.substr(at, length))) {
            clean += text.substr(at, length);
            at += length;
        } else {
            clean += '?';
            ++at;
        }
    }
    return std::string(wire::utf8_prefix(clean, bytes_max));
}

std::string in_quotes(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : readable(text, 80)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            result += "\\x";
            result += digits[byte >> 4];
            result += digits[byte & 15];
        } else {
            result += c;
        }
    }
    return result + '"';
}

}  // namespace berth::host::worker
