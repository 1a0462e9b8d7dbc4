// SPDX-License-Identifier: MIT
#include "gateway/frame_store.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>

#include "gateway/compression.hpp"
#include "wire/frame_writer.hpp"

namespace berth::host::gateway {
namespace {

/// What is kept for the next turn, of either.
constexpr std::size_t kept_blocks = 64;
constexpr std::size_t kept_pieces = 16'384;

FrameBlock* allocate(std::size_t capacity) {
    auto* const block = new (::operator new(sizeof(FrameBlock) + capacity)) FrameBlock;
    block->capacity = static_cast<std::uint32_t>(capacity);
    return block;
}

void destroy(FrameBlock* block) {
    std::destroy_at(block);
    ::operator delete(block);
}

}  // namespace

FrameStore::~FrameStore() {
    if (current_ != nullptr) destroy(current_);
    for (FrameBlock* const block : blocks_) destroy(block);
    while (free_pieces_ != nullptr) delete std::exchange(free_pieces_, free_pieces_->next);
}

FrameBlock* FrameStore::make_block(std::size_t capacity) {
    FrameBlock* block = nullptr;
    if (capacity == block_bytes && !blocks_.empty()) {
        block = blocks_.back();
        blocks_.pop_back();
        block->size = 0;
    } else {
        block = allocate(capacity);
    }
    block->references = 1;
    held_bytes_ += capacity;
    return block;
}

void FrameStore::release(FrameBlock& block) {
    if (--block.references != 0) return;
    held_bytes_ -= block.capacity;
    if (is_passing(block) && blocks_.size() < kept_blocks) {
        blocks_.push_back(&block);
    } else {
        destroy(&block);
    }
}

FrameBlock* FrameStore::make_own_block(std::size_t capacity) {
    // One byte more where it would be taken for a block of a turn.
    return make_block(capacity == block_bytes ? capacity + 1 : capacity);
}

FrameStore::Room FrameStore::room(std::size_t bytes, std::size_t large) {
    if (bytes >= large) {
        FrameBlock* const block = make_own_block(bytes);
        block->size = block->capacity;
        return {block, 0};
    }
    // Everything in it has left: it begins anew, still warm in the cache.
    if (current_ != nullptr && current_->references == 1) current_->size = 0;
    if (current_ != nullptr && current_->size + bytes > current_->capacity) {
        held_bytes_ += current_->capacity;
        release(*std::exchange(current_, nullptr));
    }
    if (current_ == nullptr) {
        current_ = make_block(block_bytes);
        held_bytes_ -= current_->capacity;
    }
    refer(*current_);
    const std::uint32_t begin = current_->size;
    current_->size += static_cast<std::uint32_t>(bytes);
    return {current_, begin};
}

FramePiece* FrameStore::make_piece() {
    ++pieces_;
    if (free_pieces_ == nullptr) return new FramePiece;
    FramePiece* const piece = std::exchange(free_pieces_, free_pieces_->next);
    --free_piece_count_;
    *piece = {};
    return piece;
}

void FrameStore::free_piece(FramePiece* piece) {
    --pieces_;
    if (free_piece_count_ >= kept_pieces) {
        delete piece;
        return;
    }
    piece->next = std::exchange(free_pieces_, piece);
    ++free_piece_count_;
}

EncodedMessage::Frame EncodedMessage::encode(std::string_view payload, bool is_compressed, For receivers) {
    std::array<char, wire::frame_header_bytes_max> header;
    const std::size_t header_bytes = wire::write_header(
        header.data(), {.payload_bytes = payload.size(),
                        .opcode = kind_ == link::Kind::text ? wire::Opcode::text : wire::Opcode::binary,
                        .rsv = is_compressed ? wire::rsv1 : std::uint8_t{0},
                        .fin = true});
    Frame frame;
    frame.bytes = static_cast<std::uint32_t>(header_bytes + payload.size());
    frame.is_compressed = is_compressed;
    frame.at = store_.room(frame.bytes, receivers == For::one ? FrameStore::large_bytes : FrameStore::large_shared_bytes);
    std::memcpy(frame.at.bytes(), header.data(), header_bytes);
    if (!payload.empty()) std::memcpy(frame.at.bytes() + header_bytes, payload.data(), payload.size());
    return frame;
}

const EncodedMessage::Frame& EncodedMessage::frame(ClientCompression& compression) {
    if (!compression.wants(payload_.size())) return frame();
    if (!compressed_) compressed_ = std::make_unique<Compressed>();
    Compressor& compressor = compression.compressor();
    // A message to many is compressed once for all whose windows are the same: to compress it for each would keep the I/O
    // thread from everybody else for as long as that takes. Contexts begin anew then, which no receiver need know.
    if (receivers_ == For::many) compression.forget_context();
    if (wire::Deflater* const context = receivers_ == For::many ? nullptr : compression.context()) {
        // Whatever it has become is to be sent: later messages may refer to it.
        const Frame own = encode(compressor.compress(*context, payload_), true, For::one);
        release(std::exchange(compressed_->own, own));
        return compressed_->own;
    }
    const wire::DeflateSettings& settings = compression.settings();
    auto found = std::find_if(compressed_->shared.begin(), compressed_->shared.end(),
                              [&](const auto& shared) { return shared.settings == settings; });
    if (found == compressed_->shared.end()) {
        const std::string_view payload = compressor.compress(settings, payload_);
        const bool is_smaller = payload.size() < payload_.size();
        found = compressed_->shared.insert(found, {settings, is_smaller ? encode(payload, true, receivers_) : Frame{}});
    }
    return found->frame.at.block != nullptr ? found->frame : frame();
}

void EncodedMessage::release_compressed() {
    release(compressed_->own);
    for (const auto& shared : compressed_->shared) release(shared.frame);
}

}  // namespace berth::host::gateway
