// SPDX-License-Identifier: MIT
#include "gateway/outbox.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "gateway/compression.hpp"
#include "link/actions.hpp"
#include "wire/frame_writer.hpp"

namespace berth::host::gateway {
namespace {

/// Memory of its own that a slow client gets at once, at least and at most, unless a frame is longer.
constexpr std::size_t own_bytes_min = 512;
constexpr std::size_t own_bytes_max = 16u << 10;

/// One message at the front of a piece.
struct First {
    std::uint32_t bytes;  ///< of its frame
    std::uint32_t cost;
};

First first_of(const FramePiece& piece) {
    if (piece.messages == 1) return {piece.end - piece.begin, piece.cost};
    // Several in one piece are ours, and plain: what they cost is written in their heads (RFC 6455 §5.2).
    const char* const at = piece.block->bytes() + piece.begin;
    const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
    std::uint32_t header = 2, payload = byte(1) & 0x7Fu;
    const std::size_t length_bytes = payload == 127 ? 8 : payload == 126 ? 2 : 0;
    if (length_bytes != 0) payload = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) payload = payload << 8 | byte(header++);
    return {header + payload, static_cast<std::uint32_t>(link::message_cost(payload))};
}

/// Whether `next` only continues `piece`.
bool joins(const FramePiece& piece, const FrameBlock* block, std::uint32_t begin, const FramePiece& next) {
    return piece.block == block && piece.end == begin && (piece.messages == 0) == (next.messages == 0) &&
           piece.is_paid == next.is_paid && !piece.is_compressed && !next.is_compressed;
}

}  // namespace

Outbox::Push Outbox::push_message(EncodedMessage& message, std::size_t bytes_max, BacklogPolicy policy, MessageOf sender,
                                  std::uint64_t& freed, ClientCompression* compression) {
    const std::uint64_t cost = link::message_cost(message.payload_bytes());
    const std::uint64_t credit = sender == MessageOf::worker ? cost : 0;
    if (is_closing_) {
        freed += credit;
        return Push::dropped;
    }
    // One message always fits into an empty outbox: a limit below the size of a message would block for ever.
    while (cost_ != 0 && cost_ + cost > bytes_max) {
        const bool may_drop = policy == BacklogPolicy::drop_oldest && !(compression && compression->keeps_context());
        if (may_drop && drop_oldest(freed)) continue;
        if (policy == BacklogPolicy::close) return Push::full;
        freed += credit;
        return Push::dropped;
    }
    const EncodedMessage::Frame& frame = compression ? message.frame(*compression) : message.frame();
    append(frame.at, {.end = frame.at.begin + frame.bytes,
                      .messages = 1,
                      .cost = static_cast<std::uint32_t>(cost),
                      .is_paid = sender == MessageOf::worker,
                      .is_compressed = frame.is_compressed});
    return Push::queued;
}

void Outbox::push_ping(std::string_view payload) {
    if (!is_closing_) push_frame(wire::Opcode::ping, payload);
}

void Outbox::push_pong(std::string_view payload) {
    if (!is_closing_) push_frame(wire::Opcode::pong, payload);
}

void Outbox::push_close(std::uint16_t code, std::string_view reason) {
    if (is_closing_) return;
    std::string frame;
    wire::append_close(frame, code, reason);
    push_bytes(frame);
    is_closing_ = true;
}

void Outbox::push_raw(std::string_view bytes) { push_bytes(bytes); }

void Outbox::push_frame(wire::Opcode opcode, std::string_view payload) {
    std::string frame;
    wire::append_frame(frame, opcode, payload);
    push_bytes(frame);
}

void Outbox::push_bytes(std::string_view bytes) {
    const FrameStore::Room at = store_.room(bytes.size(), FrameStore::large_bytes);
    std::memcpy(at.bytes(), bytes.data(), bytes.size());
    append(at, {.end = at.begin + static_cast<std::uint32_t>(bytes.size())});
    store_.release(*at.block);
}

/// Puts frames at the end that are in the store; of `piece`, `end` and what it counts are set.
void Outbox::append(const FrameStore::Room& at, const FramePiece& piece) {
    waiting_bytes_ += piece.end - at.begin;
    cost_ += piece.cost;
    if (tail_ != nullptr && tail_ != fixed_ && tail_ != kept_ && joins(*tail_, at.block, at.begin, piece)) {
        tail_->end = piece.end;
        tail_->messages += piece.messages;
        tail_->cost += piece.cost;
        return;
    }
    FramePiece* const added = store_.make_piece();
    *added = piece;
    added->block = at.block;
    added->begin = at.begin;
    FrameStore::refer(*at.block);
    (tail_ == nullptr ? head_ : tail_->next) = added;
    tail_ = added;
}

std::size_t Outbox::unwritten(std::span<iovec> pieces) const {
    std::size_t count = 0;
    std::uint32_t written = written_;
    for (FramePiece* piece = head_; piece != nullptr && count < pieces.size(); piece = piece->next, written = 0) {
        char* const begin = piece->block->bytes() + piece->begin + written;
        pieces[count++] = {begin, piece->end - piece->begin - written};
    }
    return count;
}

/// Takes the first piece away; answers what is given back for it.
std::uint64_t Outbox::pop() {
    FramePiece* const piece = head_;
    head_ = piece->next;
    if (head_ == nullptr) tail_ = nullptr;
    if (fixed_ == piece) fixed_ = nullptr;
    if (kept_ == piece) kept_ = nullptr;
    written_ = 0;
    cost_ -= piece->cost;
    const std::uint64_t credit = piece->is_paid ? piece->cost : 0;
    store_.release(*piece->block);
    store_.free_piece(piece);
    return credit;
}

std::uint64_t Outbox::wrote(std::size_t n) {
    std::uint64_t credit = 0;
    waiting_bytes_ -= n;
    while (n != 0) {
        FramePiece& piece = *head_;
        const std::size_t left = piece.end - piece.begin - written_;
        if (n >= left) {
            n -= left;
            credit += pop();
            continue;
        }
        written_ += static_cast<std::uint32_t>(n);
        n = 0;
        while (piece.messages > 1) {
            const First first = first_of(piece);
            if (first.bytes > written_) break;
            written_ -= first.bytes;
            piece.begin += first.bytes;
            piece.cost -= first.cost;
            --piece.messages;
            cost_ -= first.cost;
            if (piece.is_paid) credit += first.cost;
        }
    }
    return credit;
}

void Outbox::keep() {
    std::size_t waiting = 0;
    FramePiece* const first = kept_ == nullptr ? head_ : kept_->next;
    for (const FramePiece* piece = first; piece != nullptr; piece = piece->next) waiting += piece->end - piece->begin;
    for (FramePiece* piece = first; piece != nullptr;) {
        const std::size_t bytes = piece->end - piece->begin;
        // Most of a block stays where it is: to copy it would cost more than the rest of it is worth.
        if (FrameStore::is_passing(*piece->block) && bytes < FrameStore::large_bytes) move(*piece, waiting);
        waiting -= bytes;
        FramePiece* const next = piece->next;
        if (kept_ != nullptr && kept_ != fixed_ && joins(*kept_, piece->block, piece->begin, *piece)) {
            kept_->end = piece->end;
            kept_->messages += piece->messages;
            kept_->cost += piece->cost;
            kept_->next = next;
            if (tail_ == piece) tail_ = kept_;
            if (fixed_ == piece) fixed_ = kept_;
            store_.release(*piece->block);
            store_.free_piece(piece);
        } else {
            kept_ = piece;
        }
        piece = next;
    }
}

/// Moves one piece to memory of this outbox alone: behind the last that is there, or into a new block, which has room for
/// `waiting` bytes if they are not too many.
void Outbox::move(FramePiece& piece, std::size_t waiting) {
    const std::size_t bytes = piece.end - piece.begin;
    FrameBlock* to = kept_ == nullptr || FrameStore::is_passing(*kept_->block) ? nullptr : kept_->block;
    if (to == nullptr || to->capacity - to->size < bytes) {
        const std::size_t wanted = std::max({own_bytes_min, waiting, to == nullptr ? 0 : std::size_t{2} * to->capacity});
        to = store_.make_own_block(std::max(bytes, std::min(wanted, own_bytes_max)));
    } else {
        FrameStore::refer(*to);
    }
    std::memcpy(to->bytes() + to->size, piece.block->bytes() + piece.begin, bytes);
    store_.release(*piece.block);
    piece.block = to;
    piece.begin = to->size;
    piece.end = to->size += static_cast<std::uint32_t>(bytes);
}

std::uint64_t Outbox::credit() const {
    std::uint64_t credit = 0;
    for (const FramePiece* piece = head_; piece != nullptr; piece = piece->next) credit += piece->is_paid ? piece->cost : 0;
    return credit;
}

void Outbox::clear() {
    while (head_ != nullptr) pop();
    waiting_bytes_ = 0;
}

std::uint64_t Outbox::drop_messages() {
    std::uint64_t freed = 0;
    while (drop_oldest(freed)) {
    }
    return freed;
}

/// The first message of several in a piece gets a piece of its own.
void Outbox::split_first(FramePiece& piece) {
    const First first = first_of(piece);
    FramePiece* const rest = store_.make_piece();
    *rest = piece;
    rest->begin += first.bytes;
    rest->cost -= first.cost;
    --rest->messages;
    FrameStore::refer(*rest->block);
    piece.next = rest;
    piece.end = rest->begin;
    piece.cost = first.cost;
    piece.messages = 1;
    if (tail_ == &piece) tail_ = rest;
    if (kept_ == &piece) kept_ = rest;
}

/// Drops the oldest message of which nothing has been written yet.
bool Outbox::drop_oldest(std::uint64_t& freed) {
    for (;;) {
        FramePiece*& piece = fixed_ == nullptr ? head_ : fixed_->next;
        if (piece == nullptr) return false;
        const bool has_begun = piece == head_ && written_ > 0;
        if (has_begun && piece->messages > 1) split_first(*piece);
        if (has_begun || piece->messages == 0) {
            fixed_ = piece;
            continue;
        }
        const First first = first_of(*piece);
        waiting_bytes_ -= first.bytes;
        cost_ -= first.cost;
        if (piece->is_paid) freed += first.cost;
        piece->begin += first.bytes;
        piece->cost -= first.cost;
        if (--piece->messages != 0) return true;
        FramePiece* const empty = piece;
        if (tail_ == empty) tail_ = fixed_;
        if (kept_ == empty) kept_ = fixed_;
        piece = empty->next;
        store_.release(*empty->block);
        store_.free_piece(empty);
        return true;
    }
}

}  // namespace berth::host::gateway
