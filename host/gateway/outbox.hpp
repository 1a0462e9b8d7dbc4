// SPDX-License-Identifier: MIT
/// Encoded frames that wait for one client's socket, bounded in bytes of payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/frame.hpp"

namespace berth::host::gateway {

/// What a full outbox does with the next message (DECISIONS §1).
enum class BacklogPolicy : std::uint8_t { close, drop_newest, drop_oldest };

/// Who sends a message: the worker has paid for its own with credit, which comes back.
enum class MessageOf : bool { worker, administrator };

/// One client's frames in the order in which they will be sent. [I/O thread]
///
/// A message's cost is its payload and a fixed share for its frame, so that empty messages are not free; the
/// worker counts the same way (link::message_cost). Control frames cost nothing and are never dropped.
/// An empty outbox owns no memory.
class Outbox {
public:
    enum class Push { queued, dropped, full };

    /// Adds a message. `dropped`: this one (drop_newest); `full`: the policy is to close, nothing was added.
    /// `freed` grows by the costs of the worker's messages dropped to make room, or of this one.
    Push push_message(wire::MessageKind kind, std::string_view payload, std::size_t bytes_max, BacklogPolicy policy,
                      MessageOf sender, std::uint64_t& freed);
    void push_ping(std::string_view payload);
    void push_pong(std::string_view payload);
    /// The last frame; nothing is added after it.
    void push_close(std::uint16_t code, std::string_view reason);
    /// Bytes that are no frame: the answer to the handshake.
    void push_raw(std::string_view bytes);

    /// What is to be written next; empty only when nothing waits.
    [[nodiscard]] std::string_view unwritten() const {
        return std::string_view(bytes_).substr(written_, (gap_ == no_gap ? bytes_.size() : gap_) - written_);
    }
    /// Bytes that wait, all of them.
    [[nodiscard]] std::size_t waiting_bytes() const { return bytes_.size() - written_ - dropped_; }
    /// The socket took `n` bytes; answers the costs of the worker's messages that have left with them.
    std::uint64_t wrote(std::size_t n);
    void clear();
    /// Drops the messages of which nothing has been written yet, and gives their memory back; answers the costs of the
    /// worker's.
    std::uint64_t drop_messages();

    /// Memory in use; less than it owns while it grows.
    [[nodiscard]] std::size_t held_bytes() const { return bytes_.size() + frames_.size() * sizeof(Frame); }
    /// Memory that it owns.
    [[nodiscard]] std::size_t owned_bytes() const { return bytes_.capacity() + frames_.capacity() * sizeof(Frame); }

    [[nodiscard]] bool is_empty() const { return written_ == bytes_.size(); }
    [[nodiscard]] bool is_closing() const { return closing_; }
    /// Cost of the messages that wait.
    [[nodiscard]] std::uint64_t cost() const { return cost_; }

private:
    static constexpr std::size_t no_gap = static_cast<std::size_t>(-1);

    struct Frame {
        std::uint32_t bytes;  ///< on the wire
        std::uint32_t cost;   ///< 0: not a message
        MessageOf sender;
        bool is_dropped;  ///< its bytes are still there, and will not be written

        [[nodiscard]] std::uint32_t credit() const { return sender == MessageOf::worker ? cost : 0; }
    };
    void add(wire::Opcode opcode, std::string_view payload, std::uint32_t cost, MessageOf sender);
    bool drop_oldest(std::uint64_t& freed);
    void step_over_dropped();
    void compact();

    std::string bytes_;           ///< frames end to end
    std::size_t written_ = 0;     ///< of bytes_; never where a dropped frame begins
    std::vector<Frame> frames_;   ///< from the first that is not written completely, at first_
    std::size_t first_ = 0;
    std::size_t first_begin_ = 0;  ///< where that frame begins in bytes_
    std::size_t gap_ = no_gap;     ///< where the first dropped frame begins
    std::size_t dropped_ = 0;      ///< bytes of dropped frames from there on
    std::size_t drop_next_ = 0;    ///< no frame before this one, at drop_begin_ of bytes_, can be dropped
    std::size_t drop_begin_ = 0;
    std::uint64_t cost_ = 0;
    bool closing_ = false;
};

}  // namespace berth::host::gateway
