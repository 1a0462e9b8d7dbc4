// SPDX-License-Identifier: MIT
#include "wire/frame_parser.hpp"

#include <algorithm>

#include "wire/close_code.hpp"
#include "wire/inflater.hpp"

namespace berth::wire {

namespace {

constexpr FrameError reserved_bit{close_code::protocol_error,
                                  "reserved bit set without an extension for it (RFC 6455 §5.2)"};
constexpr FrameError reserved_opcode{close_code::protocol_error, "reserved opcode (RFC 6455 §5.2)"};
constexpr FrameError fragmented_control{close_code::protocol_error,
                                        "fragmented control frame (RFC 6455 §5.5)"};
constexpr FrameError long_control{close_code::protocol_error,
                                  "control frame of more than 125 bytes (RFC 6455 §5.5)"};
constexpr FrameError nothing_to_continue{close_code::protocol_error,
                                         "continuation without a message to continue (RFC 6455 §5.4)"};
constexpr FrameError message_in_message{close_code::protocol_error,
                                        "new message inside a fragmented one (RFC 6455 §5.4)"};
constexpr FrameError unmasked{close_code::protocol_error, "client frame without a mask (RFC 6455 §5.1)"};
constexpr FrameError masked_by_server{close_code::protocol_error, "server frame with a mask (RFC 6455 §5.1)"};
constexpr FrameError long_form{close_code::protocol_error, "length not in its shortest form (RFC 6455 §5.2)"};
constexpr FrameError negative_length{close_code::protocol_error,
                                     "length with its highest bit set (RFC 6455 §5.2)"};
constexpr FrameError too_big{close_code::message_too_big,
                             "message of more bytes than allowed (RFC 6455 §7.4.1)"};
constexpr FrameError too_many_fragments{close_code::policy_violation,
                                        "message of more frames than allowed (RFC 6455 §10.4)"};
constexpr FrameError bad_deflate{close_code::invalid_payload,
                                 "compressed message that is not DEFLATE (RFC 7692 §7.2.2)"};
constexpr FrameError bad_text{close_code::invalid_payload, "text that is not UTF-8 (RFC 6455 §8.1)"};
constexpr FrameError short_close{close_code::protocol_error,
                                 "close frame with a payload of one byte (RFC 6455 §5.5.1)"};
constexpr FrameError bad_close_code{close_code::protocol_error,
                                    "close code that may not be sent (RFC 6455 §7.4)"};
constexpr FrameError bad_close_reason{close_code::invalid_payload,
                                      "close reason that is not UTF-8 (RFC 6455 §5.5.1)"};

constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t rsv_bits = rsv1 | rsv2 | rsv3;
constexpr std::uint8_t opcode_bits = 0x0F;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_bits = 0x7F;
constexpr std::uint8_t length_in_2_bytes = 126;
constexpr std::uint8_t length_in_8_bytes = 127;

/// Smallest buffer for a message that did not come whole.
constexpr std::size_t gather_bytes_min = 1024;

/// Room on the stack for what a compressed message becomes.
constexpr std::size_t inflated_piece_bytes = 16 * 1024;

std::uint64_t big_endian(std::span<const char> bytes) noexcept {
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
}

bool is_known(Opcode opcode) noexcept {
    switch (opcode) {
        case Opcode::continuation:
        case Opcode::text:
        case Opcode::binary:
        case Opcode::close:
        case Opcode::ping:
        case Opcode::pong:
            return true;
    }
    return false;
}

std::string_view view(std::span<const char> bytes) noexcept {
    return {bytes.data(), bytes.size()};
}

}  // namespace

std::size_t FrameParser::consume(std::span<char> bytes, FrameSink& sink) {
    std::size_t used = 0;
    while (!finished_ && used < bytes.size()) {
        if (!in_frame_) {
            used += read_header(bytes.subspan(used), sink);
            if (!in_frame_) continue;
        }
        const std::span<char> piece = next_piece(bytes.subspan(used));
        used += piece.size();
        if (read_payload(piece, sink) == Flow::pause) return used;
    }
    return finished_ ? bytes.size() : used;
}

/// Takes header bytes and answers how many; sets in_frame_ when the header is whole. A header that came in
/// pieces is put together in header_, so that each rule is applied as soon as its byte is there.
std::size_t FrameParser::read_header(std::span<const char> bytes, FrameSink& sink) {
    if (header_have_ == 0) {
        const Decoded decoded = decode_header(bytes);
        if (decoded.state == Decoded::whole) {
            begin_frame();
            return decoded.bytes;
        }
    }
    for (std::size_t used = 0; used < bytes.size();) {
        header_[header_have_++] = bytes[used++];
        const Decoded decoded = decode_header(std::span{header_}.first(header_have_));
        if (decoded.state == Decoded::whole) {
            header_have_ = 0;
            begin_frame();
            return used;
        }
        if (decoded.state == Decoded::broken) {
            fail(decoded.error, sink);
            return used;
        }
    }
    return bytes.size();
}

FrameParser::Decoded FrameParser::decode_header(std::span<const char> bytes) {
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    frame_.fin = (first & fin_bit) != 0;
    frame_.rsv = first & rsv_bits;
    frame_.opcode = Opcode{static_cast<std::uint8_t>(first & opcode_bits)};
    if (const FrameError* error = first_byte_error()) return {Decoded::broken, 0, *error};
    if (bytes.size() < 2) return {};

    const auto second = static_cast<std::uint8_t>(bytes[1]);
    const std::uint8_t short_length = second & length_bits;
    frame_.masked = (second & mask_bit) != 0;
    if (frame_.masked != (role_ == Role::server)) {
        return {Decoded::broken, 0, role_ == Role::server ? unmasked : masked_by_server};
    }
    if (is_control(frame_.opcode) && short_length > control_payload_bytes_max)
        return {Decoded::broken, 0, long_control};

    std::size_t size = 2;
    frame_.payload_bytes = short_length;
    if (short_length >= length_in_2_bytes) {
        const std::size_t width = short_length == length_in_8_bytes ? 8 : 2;
        if (bytes.size() < size + width) return {};
        frame_.payload_bytes = big_endian(bytes.subspan(size, width));
        size += width;
    }
    if (const FrameError* error = length_error(short_length)) return {Decoded::broken, 0, *error};

    if (frame_.masked) {
        if (bytes.size() < size + frame_.key.size()) return {};
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(size), frame_.key.size(), frame_.key.begin());
        size += frame_.key.size();
    }
    return {Decoded::whole, size, {}};
}

const FrameError* FrameParser::first_byte_error() const noexcept {
    const bool begins_message = frame_.opcode == Opcode::text || frame_.opcode == Opcode::binary;
    if (frame_.rsv != 0 && !(frame_.rsv == rsv1 && begins_message && inflater_ != nullptr)) return &reserved_bit;
    if (!is_known(frame_.opcode)) return &reserved_opcode;
    if (is_control(frame_.opcode)) return frame_.fin ? nullptr : &fragmented_control;
    if (begins_message) return fragments_ == 0 ? nullptr : &message_in_message;
    if (fragments_ == 0) return &nothing_to_continue;
    return fragments_ < limits_.fragments_max ? nullptr : &too_many_fragments;
}

const FrameError* FrameParser::length_error(std::uint8_t short_length) const noexcept {
    const std::uint64_t bytes = frame_.payload_bytes;
    if (short_length == length_in_2_bytes && bytes < length_in_2_bytes) return &long_form;
    if (short_length == length_in_8_bytes && bytes <= 0xFFFF) return &long_form;
    if (bytes >> 63 != 0) return &negative_length;
    if (is_control(frame_.opcode)) return nullptr;
    if (bytes <= limits_.message_bytes_max - message_have_) return nullptr;
    const bool is_compressed = fragments_ == 0 ? frame_.rsv != 0 : treatment_ == Treatment::inflate;
    return is_compressed && bytes <= compressed_bytes_max() - compressed_have_ ? nullptr : &too_big;
}

void FrameParser::begin_frame() noexcept {
    in_frame_ = true;
    frame_have_ = 0;
    if (is_control(frame_.opcode)) return;
    if (fragments_++ == 0) {
        kind_ = frame_.opcode == Opcode::text ? MessageKind::text : MessageKind::buffer;
        treatment_ = frame_.rsv != 0               ? Treatment::inflate
                     : kind_ == MessageKind::text ? Treatment::check_text
                                                  : Treatment::none;
    }
}

/// What of the present frame's payload is at the front of `bytes`.
std::span<char> FrameParser::next_piece(std::span<char> bytes) const noexcept {
    const std::uint64_t due = frame_.payload_bytes - frame_have_;
    return due < bytes.size() ? bytes.first(static_cast<std::size_t>(due)) : bytes;
}

Flow FrameParser::read_payload(std::span<char> piece, FrameSink& sink) {
    if (frame_.masked) apply_mask(piece, frame_.key, static_cast<std::size_t>(frame_have_ & 3));
    const bool from_start = frame_have_ == 0;
    frame_have_ += piece.size();
    const bool whole = frame_have_ == frame_.payload_bytes;
    const bool control = is_control(frame_.opcode);
    const bool ends_message = whole && frame_.fin && !control;

    if (!control && treatment_ != Treatment::none) {
        if (treatment_ == Treatment::inflate) return read_compressed(view(piece), sink);
        if (!utf8_.feed(view(piece)) || (ends_message && !utf8_.is_complete())) {
            fail(bad_text, sink);
            return Flow::go_on;
        }
    }
    const bool in_place = whole && from_start && (control || (frame_.fin && fragments_ == 1));
    if (!in_place) gather(piece);
    if (!whole) return Flow::go_on;
    in_frame_ = false;

    const std::string_view payload =
        in_place ? view(piece) : view(std::span{gathered_}.subspan(control ? message_have_ : 0));
    if (control) return end_control(payload, sink);
    return frame_.fin ? end_message(payload, sink) : Flow::go_on;
}

/// Inflates a piece of the present frame, and with the message's last one what its sender has left out. A message that
/// becomes small is delivered from the stack; of any other the pieces are gathered.
Flow FrameParser::read_compressed(std::string_view piece, FrameSink& sink) {
    std::array<char, inflated_piece_bytes> room;
    std::size_t made = 0;
    // However the stream was cut, the first thing wrong is what is told: what comes before the limit is read in any case.
    const std::uint64_t may_come = compressed_bytes_max() - compressed_have_;
    compressed_have_ += piece.size();
    inflater_->give(piece.substr(0, std::min<std::uint64_t>(may_come, piece.size())));
    const FrameError* error = inflate(room, made);
    if (error == nullptr && piece.size() > may_come) error = &too_big;
    const bool whole = frame_have_ == frame_.payload_bytes;
    const bool ends_message = whole && frame_.fin;
    if (error == nullptr && ends_message) {
        inflater_->give_end();
        error = inflate(room, made);
        if (error == nullptr && !inflater_->end()) error = &bad_deflate;
        if (error == nullptr && kind_ == MessageKind::text && !utf8_.is_complete()) error = &bad_text;
    }
    if (error != nullptr) {
        fail(*error, sink);
        return Flow::go_on;
    }
    in_frame_ = !whole;
    const auto rest = std::span{room}.first(made);
    if (ends_message && gathered_.empty()) return end_message(view(rest), sink);
    gather_inflated(rest);
    return ends_message ? end_message(view(gathered_), sink) : Flow::go_on;
}

/// Takes what the inflater has into `room`, of which `made` bytes are used; gathers each time that it is full.
const FrameError* FrameParser::inflate(std::span<char> room, std::size_t& made) {
    for (;;) {
        // One byte more than may come tells that more would come.
        const std::size_t left = limits_.message_bytes_max - message_have_ - made + 1;
        const std::span<char> free = room.subspan(made, std::min(left, room.size() - made));
        const auto [count, is_broken] = inflater_->take(free);
        const std::size_t within = std::min(count, left - 1);
        if (kind_ == MessageKind::text && !utf8_.feed(view(free.first(within)))) return &bad_text;
        if (count == left) return &too_big;
        if (is_broken) return &bad_deflate;
        made += count;
        if (count < free.size()) return nullptr;
        gather_inflated(room);
        made = 0;
    }
}

/// What a message within the limit can take when it is compressed: the worst that a deflater makes of it, and a flush
/// for each fragment. More is empty blocks, sent to keep us busy.
std::uint64_t FrameParser::compressed_bytes_max() const noexcept {
    const std::uint64_t most = limits_.message_bytes_max;
    return most + most / 4 + 1024 + std::uint64_t{16} * limits_.fragments_max;
}

Flow FrameParser::end_message(std::string_view payload, FrameSink& sink) {
    const Flow flow = sink.message(Message{kind_, payload});
    fragments_ = 0;
    compressed_have_ = 0;
    release();
    return flow;
}

Flow FrameParser::end_control(std::string_view payload, FrameSink& sink) {
    Flow flow = Flow::go_on;
    switch (frame_.opcode) {
        case Opcode::ping:
            flow = sink.ping(payload);
            break;
        case Opcode::pong:
            flow = sink.pong(payload);
            break;
        default:
            end_input(payload, sink);
            break;
    }
    if (fragments_ == 0) {
        release();
    } else {
        gathered_.resize(message_have_);
    }
    return flow;
}

/// RFC 6455 §5.5.1: the peer's close frame; nothing that follows it counts.
void FrameParser::end_input(std::string_view payload, FrameSink& sink) {
    if (payload.size() == 1) return fail(short_close, sink);
    std::uint16_t code = close_code::no_status;
    std::string_view reason;
    if (!payload.empty()) {
        code = static_cast<std::uint16_t>(big_endian(payload.substr(0, 2)));
        reason = payload.substr(2);
        if (!may_be_received(code)) return fail(bad_close_code, sink);
        if (!is_valid_utf8(reason)) return fail(bad_close_reason, sink);
    }
    finished_ = true;
    fragments_ = 0;
    sink.closed(code, reason);
}

/// Keeps a piece of an unfinished frame. The buffer doubles, so that it is paid for by bytes that came and
/// not by lengths that were announced, up to what the message can become.
void FrameParser::gather(std::span<const char> piece) {
    const std::size_t needed = gathered_.size() + piece.size();
    if (needed > gathered_.capacity()) {
        const auto frame_due = static_cast<std::size_t>(frame_.payload_bytes - frame_have_);
        const std::size_t most = frame_.fin ? needed + frame_due : limits_.message_bytes_max;
        gathered_.reserve(std::min(most, std::max(2 * needed, gather_bytes_min)));
    }
    gathered_.insert(gathered_.end(), piece.begin(), piece.end());
    if (!is_control(frame_.opcode)) message_have_ = gathered_.size();
}

void FrameParser::gather_inflated(std::span<const char> piece) {
    const std::size_t needed = gathered_.size() + piece.size();
    if (needed > gathered_.capacity())
        gathered_.reserve(std::min(limits_.message_bytes_max, std::max(2 * needed, gather_bytes_min)));
    gathered_.insert(gathered_.end(), piece.begin(), piece.end());
    message_have_ = gathered_.size();
}

void FrameParser::release() noexcept {
    message_have_ = 0;
    if (gathered_.capacity() != 0) std::vector<char>{}.swap(gathered_);
}

void FrameParser::fail(FrameError error, FrameSink& sink) {
    finished_ = true;
    in_frame_ = false;
    fragments_ = 0;
    header_have_ = 0;
    release();
    if (inflater_ != nullptr) inflater_->release();
    sink.failed(error);
}

}  // namespace berth::wire
