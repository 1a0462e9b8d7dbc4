// SPDX-License-Identifier: MIT
/// The part of a head after its start line, for the request and the response reader alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wire/http_head.hpp"

namespace berth::wire {

/// Owns the text of a head and reads its fields byte by byte (RFC 9112 §5): strict line ends, no folding, no
/// blank before the colon, no control characters.
class HeaderReader {
public:
    explicit HeaderReader(HeadLimits limits);

    /// Adds a byte of the head; false when it passes head_bytes_max, with `error` set.
    [[nodiscard]] bool keep(char byte);

    /// Keeps and reads the bytes at the front that merely continue a name or a value; answers how many. They
    /// need neither `keep` nor `take`: most of a head is read this way.
    [[nodiscard]] std::size_t take_run(std::string_view bytes);

    /// Reads a byte, already kept, as part of the fields; false when it is impossible, with `error` set.
    [[nodiscard]] bool take(char byte);

    /// The empty line has come.
    [[nodiscard]] bool is_complete() const noexcept { return part_ == Part::done; }

    /// What the kept bytes are so far; moves when more are kept.
    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

    /// The fields as views of the text; call once, when complete.
    [[nodiscard]] Headers headers() const;

    [[nodiscard]] const HttpError& error() const noexcept { return error_; }

private:
    enum class Part : std::uint8_t { line_begin, name, value, line_end, head_end, done };

    /// Positions in the text, for it moves while it grows.
    struct Place {
        std::uint32_t name_begin = 0;
        std::uint32_t name_end = 0;  ///< of the colon
        std::uint32_t value_end = 0;
    };

    bool begin_line(char byte);
    bool take_name(char byte);
    bool take_value(char byte);
    [[nodiscard]] std::uint32_t here() const noexcept;
    bool refuse(std::uint16_t status, std::string_view sentence);

    HeadLimits limits_;
    std::vector<char> text_;  ///< a vector, so that moving the reader leaves the characters where they are
    std::vector<Place> places_;
    HttpError error_;
    Part part_ = Part::line_begin;
};

}  // namespace berth::wire
