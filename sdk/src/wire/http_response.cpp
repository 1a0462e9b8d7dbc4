// SPDX-License-Identifier: MIT
#include "wire/http_response.hpp"

namespace berth::wire {

namespace {

/// The fixed part of a status line: '#' stands for a digit.
constexpr std::string_view shape = "HTTP/1.# ### ";
constexpr std::size_t minor_version_at = 7;
constexpr std::size_t status_at = 9;

}  // namespace

std::size_t ResponseReader::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && state_ == ReadState::reading) {
        used += fields_.take_run(bytes.substr(used));
        if (used == bytes.size()) break;
        const char byte = bytes[used++];
        if (!fields_.keep(byte)) {
            refuse(fields_.error().sentence);
        } else {
            take(byte);
        }
    }
    return used;
}

void ResponseReader::take(char byte) {
    switch (part_) {
        case Part::status_line:
            return take_status_line(byte);
        case Part::line_feed:
            if (byte != '\n') return refuse("carriage return without a line feed (RFC 9112 §2.2)");
            part_ = Part::fields;
            return;
        case Part::fields:
            if (!fields_.take(byte)) return refuse(fields_.error().sentence);
            if (fields_.is_complete()) finish();
            return;
    }
}

void ResponseReader::take_status_line(char byte) {
    const std::size_t at = fields_.text().size() - 1;
    if (at < shape.size()) {
        const bool fits = shape[at] == '#' ? byte >= '0' && byte <= '9' : byte == shape[at];
        if (!fits) return refuse("not the beginning of an HTTP/1 response (RFC 9112 §4)");
        return;
    }
    if (byte == '\r') {
        reason_end_ = at;
        part_ = Part::line_feed;
    } else if (!is_field_character(byte)) {
        refuse("control character in the status line (RFC 9112 §4)");
    }
}

void ResponseReader::finish() {
    const std::string_view text = fields_.text();
    response_.minor_version = static_cast<std::uint8_t>(text[minor_version_at] - '0');
    for (const char digit : text.substr(status_at, 3)) {
        response_.status = static_cast<std::uint16_t>(response_.status * 10 + (digit - '0'));
    }
    if (response_.status < 100 || response_.status > 599)
        return refuse("status outside of 100 to 599 (RFC 9110 §15)");
    response_.reason = text.substr(shape.size(), reason_end_ - shape.size());
    response_.headers = fields_.headers();
    state_ = ReadState::complete;
}

void ResponseReader::refuse(std::string_view sentence) {
    error_ = sentence;
    state_ = ReadState::refused;
}

}  // namespace berth::wire
