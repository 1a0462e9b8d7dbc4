// SPDX-License-Identifier: MIT
/// Strict, incremental RFC 6455 parser: bytes just read go in, whole messages come out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "wire/frame.hpp"
#include "wire/utf8.hpp"

namespace berth::wire {

class Inflater;

/// What a sink wants after an event.
enum class Flow : std::uint8_t {
    go_on,
    pause  ///< `consume` returns after this event, at a frame boundary
};

/// One whole message.
struct Message {
    MessageKind kind = MessageKind::text;
    std::string_view payload;  ///< valid only during the call; text is valid UTF-8
};

/// Receives what the parser finds, in the order of the wire. Views are valid only during the call. A sink
/// must not call or destroy the parser from inside an event. After `closed` or `failed` nothing follows.
class FrameSink {
public:
    virtual ~FrameSink() = default;

    virtual Flow message(const Message& message) = 0;
    virtual Flow ping(std::string_view payload) = 0;
    virtual Flow pong(std::string_view payload) = 0;
    /// The peer's close frame. Without a code: close_code::no_status and no reason.
    virtual void closed(std::uint16_t code, std::string_view reason) = 0;
    /// The peer broke a rule: answer with a close frame of this code, then end the connection.
    virtual void failed(FrameError error) = 0;
};

/// Bounds on what a peer may make us keep.
struct FrameLimits {
    /// Of one whole message; more is 1009, decided at the header, or before it is inflated.
    std::size_t message_bytes_max = 64 * 1024;
    std::uint32_t fragments_max = 128;          ///< frames of one message; more is 1008
};

/// Parser of one connection. [one thread]
///
/// A message in one frame that lies wholly in the span is delivered in place; only a fragmented or split one
/// is gathered in a buffer of the parser's own, which grows with the bytes that have really come, never past
/// message_bytes_max + 125, and is released with the message. Text is checked as it arrives: a message
/// that can no longer become valid fails at once with 1007, whole or not.
///
/// With permessage-deflate (RFC 7692) a message whose first frame has RSV1 is inflated as it comes, through a piece of
/// the stack: what does not fit is gathered as above. The limit holds for what it becomes; beyond it nothing is made.
class FrameParser {
public:
    /// `inflater` [borrowed: as long as the parser]: of the negotiated permessage-deflate, which permits RSV1; without
    /// one no reserved bit is permitted.
    explicit FrameParser(Role role, FrameLimits limits = {}, Inflater* inflater = nullptr) noexcept
        : limits_(limits), inflater_(inflater), role_(role) {}

    /// Reads `bytes`, which it unmasks in place, and answers how many of them it has used: all, unless the
    /// sink paused; the caller then keeps the rest, unchanged, and hands it in again later, before newer
    /// bytes. After a close or a failure everything is swallowed without events.
    std::size_t consume(std::span<char> bytes, FrameSink& sink);

    /// A close frame or a failure has ended the connection's input.
    [[nodiscard]] bool is_finished() const noexcept { return finished_; }

    /// Some bytes of a message or frame have come and the rest has not: the time to hold the peer to a limit.
    [[nodiscard]] bool is_amid_message() const noexcept {
        return fragments_ != 0 || header_have_ != 0 || in_frame_;
    }

    /// Memory held for an unfinished message, in bytes.
    [[nodiscard]] std::size_t held_bytes() const noexcept { return gathered_.capacity(); }

private:
    /// What is done with the payload of the present message.
    enum class Treatment : std::uint8_t { none, check_text, inflate };

    /// What a look at the bytes of a header found.
    struct Decoded {
        enum State : std::uint8_t { partial, whole, broken };
        State state = partial;
        std::size_t bytes = 0;  ///< of the header, when whole
        FrameError error;       ///< when broken
    };

    std::size_t read_header(std::span<const char> bytes, FrameSink& sink);
    Decoded decode_header(std::span<const char> bytes);
    [[nodiscard]] const FrameError* first_byte_error() const noexcept;
    [[nodiscard]] const FrameError* length_error(std::uint8_t short_length) const noexcept;
    void begin_frame() noexcept;
    [[nodiscard]] std::span<char> next_piece(std::span<char> bytes) const noexcept;
    Flow read_payload(std::span<char> piece, FrameSink& sink);
    Flow read_compressed(std::string_view piece, FrameSink& sink);
    [[nodiscard]] const FrameError* inflate(std::span<char> room, std::size_t& made);
    [[nodiscard]] std::uint64_t compressed_bytes_max() const noexcept;
    Flow end_message(std::string_view payload, FrameSink& sink);
    Flow end_control(std::string_view payload, FrameSink& sink);
    void end_input(std::string_view payload, FrameSink& sink);
    void gather(std::span<const char> piece);
    void gather_inflated(std::span<const char> piece);
    void release() noexcept;
    void fail(FrameError error, FrameSink& sink);

    FrameLimits limits_;
    Inflater* inflater_;
    FrameHeader frame_;             ///< the frame being read, when in_frame_
    std::uint64_t frame_have_ = 0;  ///< payload bytes of it that have come
    std::vector<char>
        gathered_;  ///< payload of the unfinished message, then that of an unfinished control frame
    std::size_t message_have_ = 0;       ///< bytes of the message in gathered_
    std::uint64_t compressed_have_ = 0;  ///< bytes of a compressed message that have come
    std::uint32_t fragments_ = 0;   ///< frames of the message begun so far; 0: no message
    std::array<char, frame_header_bytes_max> header_{};
    std::uint8_t header_have_ = 0;
    Utf8Validator utf8_;
    MessageKind kind_ = MessageKind::text;
    Treatment treatment_ = Treatment::none;
    Role role_;
    bool in_frame_ = false;
    bool finished_ = false;
};

}  // namespace berth::wire
