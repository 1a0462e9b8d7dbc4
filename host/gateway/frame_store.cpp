// SPDX-License-Identifier: MIT
#include "gateway/frame_store.hpp"

#include <cstring>
#include <memory>
#include <new>

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

const FrameStore::Room& EncodedMessage::frame() {
    if (frame_.block != nullptr) return frame_;
    const auto header = wire::encode_header(kind_ == link::Kind::text ? wire::Opcode::text : wire::Opcode::binary,
                                            payload_.size());
    frame_bytes_ = static_cast<std::uint32_t>(header.size + payload_.size());
    frame_ = store_.room(frame_bytes_, receivers_ == For::one ? FrameStore::large_bytes : FrameStore::large_shared_bytes);
    std::memcpy(frame_.bytes(), header.bytes.data(), header.size);
    if (!payload_.empty()) std::memcpy(frame_.bytes() + header.size, payload_.data(), payload_.size());
    return frame_;
}

}  // namespace berth::host::gateway
