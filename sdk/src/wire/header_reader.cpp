// SPDX-License-Identifier: MIT
#include "wire/header_reader.hpp"

#include <algorithm>

namespace berth::wire {

namespace {

/// What a head of a browser fits into.
constexpr std::size_t usual_head_bytes = 1024;
constexpr std::size_t usual_headers = 16;

}  // namespace

HeaderReader::HeaderReader(HeadLimits limits) : limits_(limits) {
    text_.reserve(std::min(limits.head_bytes_max, usual_head_bytes));
    places_.reserve(std::min(limits.headers_max, usual_headers));
}

bool HeaderReader::keep(char byte) {
    if (text_.size() >= limits_.head_bytes_max) return refuse(431, "head of more bytes than allowed");
    text_.push_back(byte);
    return true;
}

std::size_t HeaderReader::take_run(std::string_view bytes) {
    if (part_ != Part::name && part_ != Part::value) return 0;
    const auto continues = part_ == Part::name ? is_token_character : is_field_character;
    const std::size_t room = std::min(bytes.size(), limits_.head_bytes_max - text_.size());
    std::size_t size = 0;
    while (size < room && continues(bytes[size])) ++size;
    text_.insert(text_.end(), bytes.begin(), bytes.begin() + size);
    return size;
}

bool HeaderReader::take(char byte) {
    switch (part_) {
        case Part::line_begin:
            return begin_line(byte);
        case Part::name:
            return take_name(byte);
        case Part::value:
            return take_value(byte);
        case Part::line_end:
            if (byte != '\n') return refuse(400, "carriage return without a line feed (RFC 9112 §2.2)");
            part_ = Part::line_begin;
            return true;
        case Part::head_end:
            if (byte != '\n') return refuse(400, "carriage return without a line feed (RFC 9112 §2.2)");
            part_ = Part::done;
            return true;
        case Part::done:
            break;
    }
    return refuse(400, "bytes after the head");
}

bool HeaderReader::begin_line(char byte) {
    if (byte == '\r') {
        part_ = Part::head_end;
        return true;
    }
    if (byte == '\n') return refuse(400, "line feed without a carriage return (RFC 9112 §2.2)");
    if (byte == ' ' || byte == '\t') return refuse(400, "folded header line (RFC 9112 §5.2)");
    if (byte == ':') return refuse(400, "header without a name (RFC 9112 §5)");
    if (places_.size() >= limits_.headers_max) return refuse(431, "more headers than allowed");

    places_.push_back(Place{.name_begin = here()});
    part_ = Part::name;
    return take_name(byte);
}

bool HeaderReader::take_name(char byte) {
    if (is_token_character(byte)) return true;
    if (byte == ' ' || byte == '\t') return refuse(400, "blank in a header's name (RFC 9112 §5.1)");
    if (byte == '\r' || byte == '\n') return refuse(400, "header line without a colon (RFC 9112 §5)");
    if (byte != ':') return refuse(400, "character in a header's name that may not be there (RFC 9110 §5.1)");
    places_.back().name_end = here();
    part_ = Part::value;
    return true;
}

bool HeaderReader::take_value(char byte) {
    if (is_field_character(byte)) return true;
    if (byte == '\n') return refuse(400, "line feed without a carriage return (RFC 9112 §2.2)");
    if (byte != '\r') return refuse(400, "control character in a header's value (RFC 9110 §5.5)");
    places_.back().value_end = here();
    part_ = Part::line_end;
    return true;
}

Headers HeaderReader::headers() const {
    Headers headers;
    headers.reserve(places_.size());
    for (const Place& place : places_) {
        const std::string_view name = text().substr(place.name_begin, place.name_end - place.name_begin);
        const std::size_t value_begin = place.name_end + std::size_t{1};
        headers.push_back({name, trimmed(text().substr(value_begin, place.value_end - value_begin))});
    }
    return headers;
}

/// The position of the byte being taken, which is the last one kept.
std::uint32_t HeaderReader::here() const noexcept {
    return static_cast<std::uint32_t>(text_.size() - 1);
}

bool HeaderReader::refuse(std::uint16_t status, std::string_view sentence) {
    error_ = HttpError{status, sentence};
    return false;
}

}  // namespace berth::wire
