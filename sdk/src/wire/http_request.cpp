// SPDX-License-Identifier: MIT
#include "wire/http_request.hpp"

#include <algorithm>
#include <array>

#include "wire/uri.hpp"

namespace berth::wire {

namespace {

/// No registered method is longer; what is, is no method that we would have to name.
constexpr std::size_t method_bytes_max = 20;

constexpr std::string_view version = "HTTP/1.1";

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// The size of "http://" or "https://" at the front of an absolute-form target; 0 when there is neither.
std::size_t scheme_bytes(std::string_view target) noexcept {
    for (const std::string_view scheme : {std::string_view{"http://"}, std::string_view{"https://"}}) {
        if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
    }
    return 0;
}

}  // namespace

std::size_t RequestReader::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && state_ == ReadState::reading) {
        used += fields_.take_run(bytes.substr(used));
        if (used == bytes.size()) break;
        const char byte = bytes[used++];
        if (!fields_.keep(byte)) {
            refuse(fields_.error().status, fields_.error().sentence);
        } else {
            take(byte);
        }
    }
    return used;
}

void RequestReader::take(char byte) {
    switch (part_) {
        case Part::method:
            return take_method(byte);
        case Part::target:
            return take_target(byte);
        case Part::version:
            return take_version(byte);
        case Part::line_feed:
            if (byte != '\n') return refuse(400, "carriage return without a line feed (RFC 9112 §2.2)");
            part_ = Part::fields;
            return;
        case Part::fields:
            if (!fields_.take(byte)) return refuse(fields_.error().status, fields_.error().sentence);
            if (fields_.is_complete()) finish();
            return;
    }
}

void RequestReader::take_method(char byte) {
    const std::string_view method = part_so_far();
    if (byte != ' ') {
        if (!is_token_character(byte))
            return refuse(400, "not the beginning of an HTTP request (RFC 9112 §3)");
        if (method.size() >= method_bytes_max) return refuse(405, "method other than GET");
        return;
    }
    if (method.empty()) return refuse(400, "not the beginning of an HTTP request (RFC 9112 §3)");
    if (method != "GET") return refuse(405, "method other than GET");
    begin_part(Part::target);
}

void RequestReader::take_target(char byte) {
    const std::string_view target = part_so_far();
    if (byte == ' ') return end_target(target);
    if (byte == '\r' || byte == '\n') return refuse(400, "request line without a version (RFC 9112 §3)");
    if (byte == '#') return refuse(400, "fragment in the request target (RFC 9112 §3.2)");
    if (!is_target_character(byte)) {
        return refuse(400, "character in the request target that must be encoded (RFC 3986 §2)");
    }
    if (target.size() >= limits_.uri_bytes_max)
        return refuse(414, "request target of more bytes than allowed");
}

/// RFC 9112 §3.2: a path, or an absolute URL, whose authority is compared with Host when that is known.
void RequestReader::end_target(std::string_view target) {
    std::size_t authority_at = 0;
    if (!target.starts_with('/')) {
        authority_at = scheme_bytes(target);
        if (authority_at == 0) return refuse(400, "request target that is not a path (RFC 9112 §3.2)");
    }
    const std::size_t path_at = std::min(target.find_first_of("/?", authority_at), target.size());
    if (path_at < target.size() && target[path_at] == '?') {
        return refuse(400, "request target that is not a path (RFC 9112 §3.2)");
    }
    const std::string_view path = target.substr(path_at, target.find('?', path_at) - path_at);
    if (const std::string_view problem = path_problem(path.empty() ? "/" : path); !problem.empty()) {
        return refuse(400, problem);
    }
    authority_at_ = part_at_ + authority_at;
    path_at_ = part_at_ + path_at;
    target_end_ = part_at_ + target.size();
    begin_part(Part::version);
}

void RequestReader::take_version(char byte) {
    const std::size_t at = part_so_far().size();
    if (at == version.size()) {
        if (byte != '\r')
            return refuse(400, "request line that does not end after its version (RFC 9112 §3)");
        part_ = Part::line_feed;
        return;
    }
    const bool fits = is_digit(version[at]) ? is_digit(byte) : byte == version[at];
    if (!fits) return refuse(400, "request line without an HTTP version (RFC 9112 §2.3)");
    if (at + 1 == version.size() && fields_.text().substr(part_at_) != version) {
        refuse(505, "HTTP version other than 1.1");
    }
}

void RequestReader::finish() {
    const std::string_view text = fields_.text();
    request_.headers = fields_.headers();
    request_.target = text.substr(path_at_, target_end_ - path_at_);
    if (request_.target.empty()) request_.target = "/";
    const std::size_t query_at = request_.target.find('?');
    request_.path = request_.target.substr(0, query_at);
    if (query_at != std::string_view::npos) request_.query = request_.target.substr(query_at + 1);

    if (!check_host(text.substr(authority_at_, path_at_ - authority_at_)) || !check_body()) return;
    state_ = ReadState::complete;
}

bool RequestReader::check_host(std::string_view authority) {
    const std::size_t hosts = count(request_.headers, "host");
    if (hosts == 0) return refuse(400, "request without Host (RFC 9112 §3.2)"), false;
    if (hosts > 1) return refuse(400, "more than one Host (RFC 9112 §3.2)"), false;
    request_.host = *find(request_.headers, "host");
    if (!is_authority(request_.host))
        return refuse(400, "Host that is no name or address (RFC 9112 §3.2)"), false;
    if (!authority.empty() && !equals_ignoring_case(authority, request_.host)) {
        return refuse(400, "request target for another host than Host (RFC 9112 §3.2.2)"), false;
    }
    return true;
}

/// A handshake has no body, and bytes that might be one must not be taken for frames.
bool RequestReader::check_body() {
    if (count(request_.headers, "transfer-encoding") != 0) {
        return refuse(400, "request with a Transfer-Encoding, which a handshake can not have"), false;
    }
    const std::size_t lengths = count(request_.headers, "content-length");
    if (lengths == 0) return true;
    const std::string_view length = *find(request_.headers, "content-length");
    if (lengths > 1) return refuse(400, "more than one Content-Length (RFC 9112 §6.3)"), false;
    if (length.empty() || !std::all_of(length.begin(), length.end(), is_digit)) {
        return refuse(400, "Content-Length that is no number (RFC 9112 §6.3)"), false;
    }
    if (length.find_first_not_of('0') != std::string_view::npos) {
        return refuse(413, "request with a body, which a handshake can not have"), false;
    }
    return true;
}

/// The bytes of the present part that were kept before the one being taken.
std::string_view RequestReader::part_so_far() const noexcept {
    const std::string_view text = fields_.text();
    return text.substr(part_at_, text.size() - 1 - part_at_);
}

void RequestReader::begin_part(Part part) noexcept {
    part_ = part;
    part_at_ = fields_.text().size();
}

void RequestReader::refuse(std::uint16_t status, std::string_view sentence) {
    error_ = HttpError{status, sentence};
    state_ = ReadState::refused;
}

}  // namespace berth::wire
