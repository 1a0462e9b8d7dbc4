// SPDX-License-Identifier: MIT
/// Encoded frames that wait for one client's socket, bounded in bytes of payload.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/frame_store.hpp"
#include "wire/frame.hpp"

namespace berth::host::gateway {

/// What a full outbox does with the next message (DECISIONS §1).
enum class BacklogPolicy : std::uint8_t { close, drop_newest, drop_oldest };

/// Who sends a message: for what it sends to clients by name the worker has paid with credit, which comes back.
enum class MessageOf : std::uint8_t {
    worker,
    other_worker,  ///< of a generation whose client it is not, or not any more, and which does not count what waits for it
    topic,
    administrator
};

/// One client's frames in the order in which they will be sent. [I/O thread]
///
/// A message's cost is its payload and a fixed share for its frame, so that empty messages are not free; the
/// worker counts the same way (link::message_cost). What a client shares with others costs it as much as if it were its
/// own. Control frames cost nothing and are never dropped. The bytes are in the store's blocks; an empty outbox has none.
class Outbox {
public:
    enum class Push { queued, dropped, full };

    /// `store` [borrowed: for as long as this].
    explicit Outbox(FrameStore& store) : store_(store) {}
    ~Outbox() { clear(); }
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// Adds a message. `dropped`: this one (drop_newest); `full`: the policy is to close, nothing was added.
    /// `freed` grows by the costs of the worker's messages dropped to make room, or of this one. With `compression` the
    /// message is compressed as it wants; where it keeps a context, drop_oldest is drop_newest, for what is encoded is needed
    /// to read what follows.
    Push push_message(EncodedMessage& message, std::size_t bytes_max, BacklogPolicy policy, MessageOf sender,
                      std::uint64_t& freed, ClientCompression* compression = nullptr);
    void push_ping(std::string_view payload);
    void push_pong(std::string_view payload);
    /// The last frame; nothing is added after it.
    void push_close(std::uint16_t code, std::string_view reason);
    /// Bytes that are no frame: the answer to the handshake.
    void push_raw(std::string_view bytes);

    /// Fills in what is to be written next, as far as there is room; answers how many it has filled, none only when nothing
    /// waits. Good until the next call that is not const.
    [[nodiscard]] std::size_t unwritten(std::span<iovec> pieces) const;
    /// Bytes that wait, all of them.
    [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }
    /// The socket took `n` bytes; answers the costs of the worker's messages that have left with them.
    std::uint64_t wrote(std::size_t n);
    /// What waits has to wait for longer than a turn: small frames are moved to memory of their own.
    void keep();
    void clear();
    /// Drops the messages of which nothing has been written yet; answers the costs of the worker's.
    std::uint64_t drop_messages();

    [[nodiscard]] bool is_empty() const { return head_ == nullptr; }
    [[nodiscard]] bool is_closing() const { return is_closing_; }
    /// Cost of the messages that wait.
    [[nodiscard]] std::uint64_t cost() const { return cost_; }
    /// What of it the worker has paid.
    [[nodiscard]] std::uint64_t credit() const;

private:
    void push_frame(wire::Opcode opcode, std::string_view payload);
    void push_bytes(std::string_view bytes);
    void append(const FrameStore::Room& at, const FramePiece& piece);
    std::uint64_t pop();
    bool drop_oldest(std::uint64_t& freed);
    void split_first(FramePiece& piece);
    void move(FramePiece& piece, std::size_t waiting);

    FrameStore& store_;
    FramePiece* head_ = nullptr;
    FramePiece* tail_ = nullptr;
    FramePiece* fixed_ = nullptr;  ///< none up to this one can be dropped, nor does it grow; null: not known of any
    FramePiece* kept_ = nullptr;   ///< all up to this one are where they may wait; null: not known of any
    std::uint64_t cost_ = 0;
    std::size_t waiting_bytes_ = 0;
    std::uint32_t written_ = 0;  ///< bytes of the head's first frame; of the head, where it has no messages
    bool is_closing_ = false;
};

}  // namespace berth::host::gateway
