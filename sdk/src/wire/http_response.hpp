// SPDX-License-Identifier: MIT
/// Strict, incremental reader of the server's answer to a handshake.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/header_reader.hpp"
#include "wire/http_head.hpp"

namespace berth::wire {

/// A response's head. All text lives in the reader that made it.
struct Response {
    std::uint8_t minor_version = 1;  ///< of HTTP/1
    std::uint16_t status = 0;        ///< 100 to 599
    std::string_view reason;         ///< as sent, may be empty
    Headers headers;
};

/// Reads `HTTP/1.x status reason` and the fields after it; the rules for fields are those of requests. A body
/// is not read: it follows the bytes that `feed` took. [one thread]
class ResponseReader {
public:
    explicit ResponseReader(HeadLimits limits = {}) : fields_(limits) {}

    /// Takes bytes as they come and answers how many of them belong to the head, as RequestReader::feed.
    std::size_t feed(std::string_view bytes);

    [[nodiscard]] ReadState state() const noexcept { return state_; }

    /// The head, once complete; valid until the reader is destroyed.
    [[nodiscard]] const Response& response() const noexcept { return response_; }

    /// What is wrong with it, once refused: a static sentence.
    [[nodiscard]] std::string_view error() const noexcept { return error_; }

private:
    enum class Part : std::uint8_t { status_line, line_feed, fields };

    void take(char byte);
    void take_status_line(char byte);
    void finish();
    void refuse(std::string_view sentence);

    HeaderReader fields_;  ///< owns the text of the whole head
    Response response_;
    std::string_view error_;
    std::size_t reason_end_ = 0;
    Part part_ = Part::status_line;
    ReadState state_ = ReadState::reading;
};

}  // namespace berth::wire
