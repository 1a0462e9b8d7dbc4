// SPDX-License-Identifier: MIT
/// A WebSocket frame codec for tests only.
///
/// Written on purpose without the product's: a mistake there must not be hidden by the same mistake
/// here. It can build every wrong frame, and its reader is strict about what a server may send.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::test {

namespace opcode {
inline constexpr unsigned continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA;
}

/// One frame's content (RFC 6455 section 5.2).
struct Frame {
    unsigned opcode = opcode::text;
    std::string payload{};
    bool fin = true;
    unsigned rsv = 0;  ///< RSV1 = 4, RSV2 = 2, RSV3 = 1
};

/// How the length is written: as the RFC asks, or in a form that is longer than needed.
enum class LengthForm { minimal, two_bytes, eight_bytes };

/// The header's further choices; the default is what a correct client does.
struct Encoding {
    bool masked = true;
    std::uint32_t key = 0x9A3C51E7u;
    LengthForm form = LengthForm::minimal;
    std::optional<std::uint64_t> announced{};  ///< a length other than that of the payload
};

/// The bytes of a frame.
std::string encode(const Frame& frame, const Encoding& encoding = {});

/// A close frame's payload: the code in network order, then the reason.
std::string close_payload(unsigned code, std::string_view reason = {});

/// The code of a close frame's payload; 1005 when it is empty, 0 when it is one byte.
unsigned close_code(const Frame& frame);
/// The reason of a close frame's payload.
std::string close_reason(const Frame& frame);

/// RSV1, as it stands in Frame::rsv.
inline constexpr unsigned rsv1 = 4;

/// Takes frames out of a stream of bytes, and says what a server must not have sent.
class FrameReader {
public:
    void feed(std::string_view bytes) { in_.append(bytes); }
    /// permessage-deflate was agreed: the first frame of a message may have RSV1 (RFC 7692 §6).
    void allow_compression() { may_compress_ = true; }
    /// The next whole frame, if it is there.
    std::optional<Frame> next();
    /// A sentence on the first thing wrong with what came, empty when all was right: masked frames,
    /// reserved bits, opcodes, lengths that are not minimal, control frames that are long or split.
    [[nodiscard]] const std::string& violation() const { return violation_; }
    /// Bytes that are not part of a whole frame yet.
    [[nodiscard]] std::size_t pending() const { return in_.size() - at_; }

private:
    void complain(std::string sentence);

    std::string in_;
    std::size_t at_ = 0;
    bool may_compress_ = false;
    std::string violation_;
};

}  // namespace berth::test
