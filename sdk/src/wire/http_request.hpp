// SPDX-License-Identifier: MIT
/// Strict, incremental reader of the one request that a connection makes.
#pragma once

#include <cstddef>
#include <string_view>

#include "wire/header_reader.hpp"
#include "wire/http_head.hpp"

namespace berth::wire {

/// A request's head. All text lives in the reader that made it.
struct Request {
    std::string_view target;  ///< path and query as sent; of an absolute-form target only these
    std::string_view path;    ///< as sent, percent-encoded; begins with '/'
    std::string_view query;   ///< as sent, without '?'; may be empty
    std::string_view host;    ///< value of Host: name or address, with the port where there is one
    Headers headers;
};

/// Reads `GET target HTTP/1.1` and the fields after it, refusing at the first byte that cannot be right.
/// [one thread]
///
/// Only what a WebSocket handshake may be is accepted: other methods get 405, other versions 505, bodies 413
/// (announced by Content-Length) or 400 (Transfer-Encoding), too much 414 and 431, everything else that is
/// wrong 400: bare CR or LF, folded lines, blanks before the colon, control characters, repeated or missing
/// Host, targets that are not a path (RFC 9112 §3.2; the absolute form is accepted when its authority is the
/// Host), fragments.
class RequestReader {
public:
    explicit RequestReader(HeadLimits limits = {}) : fields_(limits), limits_(limits) {}

    /// Takes bytes as they come and answers how many of them belong to the head. Fewer than given only once
    /// the head is complete (the rest are the first bytes after it) or refused.
    std::size_t feed(std::string_view bytes);

    [[nodiscard]] ReadState state() const noexcept { return state_; }

    /// The head, once complete; valid until the reader is destroyed. Moving the reader keeps the texts valid.
    [[nodiscard]] const Request& request() const noexcept { return request_; }

    /// Why it was refused, once it was.
    [[nodiscard]] const HttpError& error() const noexcept { return error_; }

private:
    enum class Part : std::uint8_t { method, target, version, line_feed, fields };

    void take(char byte);
    void take_method(char byte);
    void take_target(char byte);
    void end_target(std::string_view target);
    void take_version(char byte);
    void finish();
    bool check_host(std::string_view authority);
    bool check_body();
    [[nodiscard]] std::string_view part_so_far() const noexcept;
    void begin_part(Part part) noexcept;
    void refuse(std::uint16_t status, std::string_view sentence);

    HeaderReader fields_;  ///< owns the text of the whole head
    HeadLimits limits_;
    Request request_;
    HttpError error_;
    std::size_t part_at_ = 0;       ///< where the present part of the request line begins in the text
    std::size_t authority_at_ = 0;  ///< ends at path_at_; empty for a target that is a path
    std::size_t path_at_ = 0;
    std::size_t target_end_ = 0;
    Part part_ = Part::method;
    ReadState state_ = ReadState::reading;
};

}  // namespace berth::wire
