// SPDX-License-Identifier: MIT
/// Memory of encoded frames: one copy of each, however many clients it waits for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "link/events.hpp"
#include "wire/deflater.hpp"

namespace berth::host::gateway {

/// Memory with a count of those who refer to it; its bytes follow it.
struct FrameBlock {
    std::uint32_t references = 0;
    std::uint32_t capacity = 0;
    std::uint32_t size = 0;  ///< bytes in use, from the front

    [[nodiscard]] char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

/// Consecutive frames in one block, all of one kind, that wait for one client. Part of its outbox's list.
struct FramePiece {
    FramePiece* next = nullptr;
    FrameBlock* block = nullptr;
    std::uint32_t begin = 0;  ///< of the first frame that has not left
    std::uint32_t end = 0;
    std::uint32_t messages = 0;  ///< whole ones; 0: these are other frames
    std::uint32_t cost = 0;      ///< of them (link::message_cost)
    bool is_paid = false;        ///< from the worker's credit, which gets it back
    bool is_compressed = false;  ///< one message, whose cost is not written in its frame
};

/// What is encoded in a turn lies end to end in blocks that are used again in the next, so that a small message costs no
/// allocation, a burst for many clients is one run of bytes for each of them, and whoever has written everything holds
/// nothing. What a slow client keeps longer is moved to memory of its own (Outbox::keep), unless it is large or most of its block. All outboxes
/// and the store belong to one I/O thread, so nothing here is atomic. [I/O thread]
class FrameStore {
public:
    /// Bytes of the blocks that are shared by the frames of a turn.
    static constexpr std::size_t block_bytes = 64u << 10;
    /// A frame from here on has a block of its own, which stays shared while it waits.
    static constexpr std::size_t large_bytes = 32u << 10;
    /// So for a frame that goes to many.
    static constexpr std::size_t large_shared_bytes = 1u << 10;

    FrameStore() = default;
    ~FrameStore();
    FrameStore(const FrameStore&) = delete;
    FrameStore& operator=(const FrameStore&) = delete;

    /// Room for `bytes`, to be filled by the caller: at `begin` of the block. The reference is the caller's.
    struct Room {
        FrameBlock* block = nullptr;
        std::uint32_t begin = 0;
        [[nodiscard]] char* bytes() const { return block->bytes() + begin; }
    };
    /// Behind what was encoded last, or in a block of its own from `large` bytes on.
    [[nodiscard]] Room room(std::size_t bytes, std::size_t large);
    /// A block apart from those of the turns.
    [[nodiscard]] FrameBlock* make_own_block(std::size_t capacity);
    /// Whether a piece of that block is to be moved if it waits beyond a turn.
    [[nodiscard]] static bool is_passing(const FrameBlock& block) { return block.capacity == block_bytes; }

    static void refer(FrameBlock& block) { ++block.references; }
    /// One reference less.
    void release(FrameBlock& block);

    [[nodiscard]] FramePiece* make_piece();
    void free_piece(FramePiece* piece);

    /// Memory of what waits; what is only kept for the next turn is not counted.
    [[nodiscard]] std::size_t held_bytes() const { return held_bytes_ + pieces_ * sizeof(FramePiece); }

private:
    FrameBlock* make_block(std::size_t capacity);

    FrameBlock* current_ = nullptr;     ///< where frames are put; one reference is the store's
    std::vector<FrameBlock*> blocks_;   ///< of block_bytes, for the next turn
    FramePiece* free_pieces_ = nullptr;
    std::size_t free_piece_count_ = 0;
    std::size_t held_bytes_ = 0;
    std::size_t pieces_ = 0;
};

class ClientCompression;

/// One message as a frame, which is encoded when the first client takes it, and compressed when the first takes it whose
/// compression wants it so. [I/O thread]
class EncodedMessage {
public:
    /// For how many it is meant.
    enum class For : bool { one, many };

    /// `payload` [borrowed: for as long as this].
    EncodedMessage(FrameStore& store, link::Kind kind, std::string_view payload, For receivers)
        : store_(store), payload_(payload), kind_(kind), receivers_(receivers) {}
    ~EncodedMessage() {
        release(plain_);
        if (compressed_) release_compressed();
    }
    EncodedMessage(const EncodedMessage&) = delete;
    EncodedMessage& operator=(const EncodedMessage&) = delete;

    /// Where a frame is. The reference is the message's.
    struct Frame {
        FrameStore::Room at;
        std::uint32_t bytes = 0;
        bool is_compressed = false;
    };

    [[nodiscard]] std::size_t payload_bytes() const { return payload_.size(); }
    [[nodiscard]] const Frame& frame() {
        if (plain_.at.block == nullptr) plain_ = encode(payload_, false, receivers_);
        return plain_;
    }
    /// As a client with that compression gets it: the same for all that have agreed to the same window and whose messages
    /// do not refer to each other.
    [[nodiscard]] const Frame& frame(ClientCompression& compression);

private:
    /// What compression has made of it.
    struct Compressed {
        struct Shared {
            wire::DeflateSettings settings;
            Frame frame;  ///< none where it was no smaller
        };
        std::vector<Shared> shared;  ///< for everyone with those settings
        Frame own;                   ///< in the context of the client that took it last
    };

    [[nodiscard]] Frame encode(std::string_view payload, bool is_compressed, For receivers);
    void release(const Frame& frame) {
        if (frame.at.block != nullptr) store_.release(*frame.at.block);
    }
    void release_compressed();

    FrameStore& store_;
    std::string_view payload_;
    Frame plain_;
    std::unique_ptr<Compressed> compressed_;  ///< since the first client that wants it so
    link::Kind kind_;
    For receivers_;
};

}  // namespace berth::host::gateway
