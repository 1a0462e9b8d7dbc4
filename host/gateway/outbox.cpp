// SPDX-License-Identifier: MIT
#include "gateway/outbox.hpp"

#include <algorithm>
#include <cstring>

#include "base/free_memory.hpp"
#include "link/actions.hpp"
#include "wire/frame_writer.hpp"

namespace berth::host::gateway {

Outbox::Push Outbox::push_message(wire::MessageKind kind, std::string_view payload, std::size_t bytes_max,
                                  BacklogPolicy policy, MessageOf sender, std::uint64_t& freed) {
    const std::uint64_t cost = link::message_cost(payload.size());
    const std::uint64_t credit = sender == MessageOf::worker ? cost : 0;
    if (closing_) {
        freed += credit;
        return Push::dropped;
    }
    // One message always fits into an empty outbox: a limit below the size of a message would block for ever.
    while (cost_ != 0 && cost_ + cost > bytes_max) {
        if (policy == BacklogPolicy::drop_oldest && drop_oldest(freed)) continue;
        if (policy == BacklogPolicy::close) return Push::full;
        freed += credit;
        return Push::dropped;
    }
    add(kind == wire::MessageKind::text ? wire::Opcode::text : wire::Opcode::binary, payload,
        static_cast<std::uint32_t>(cost), sender);
    return Push::queued;
}

void Outbox::push_ping(std::string_view payload) {
    if (!closing_) add(wire::Opcode::ping, payload, 0, MessageOf::worker);
}

void Outbox::push_pong(std::string_view payload) {
    if (!closing_) add(wire::Opcode::pong, payload, 0, MessageOf::worker);
}

void Outbox::push_close(std::uint16_t code, std::string_view reason) {
    if (closing_) return;
    const std::size_t before = bytes_.size();
    wire::append_close(bytes_, code, reason);
    frames_.push_back({static_cast<std::uint32_t>(bytes_.size() - before), 0, MessageOf::worker, false});
    closing_ = true;
}

void Outbox::push_raw(std::string_view bytes) {
    bytes_.append(bytes);
    frames_.push_back({static_cast<std::uint32_t>(bytes.size()), 0, MessageOf::worker, false});
}

void Outbox::add(wire::Opcode opcode, std::string_view payload, std::uint32_t cost, MessageOf sender) {
    const std::size_t before = bytes_.size();
    wire::append_frame(bytes_, opcode, payload);
    frames_.push_back({static_cast<std::uint32_t>(bytes_.size() - before), cost, sender, false});
    cost_ += cost;
}

std::uint64_t Outbox::wrote(std::size_t n) {
    written_ += n;
    std::uint64_t left = 0, credit = 0;
    while (first_ < frames_.size() && first_begin_ + frames_[first_].bytes <= written_) {
        left += frames_[first_].cost;
        credit += frames_[first_].credit();
        first_begin_ += frames_[first_].bytes;
        ++first_;
    }
    cost_ -= left;
    step_over_dropped();
    if (is_empty()) {
        clear();
    } else {
        compact();
    }
    return credit;
}

/// Goes past the dropped frames at which the writing has arrived, and finds the next gap.
void Outbox::step_over_dropped() {
    if (written_ != gap_) return;
    for (; first_ < frames_.size() && frames_[first_].is_dropped; ++first_) {
        first_begin_ += frames_[first_].bytes;
        dropped_ -= frames_[first_].bytes;
    }
    written_ = first_begin_;
    gap_ = no_gap;
    if (dropped_ == 0) return;
    // Only frames that are no messages stand between dropped ones, so this is short.
    std::size_t begin = first_begin_;
    for (std::size_t i = first_; !frames_[i].is_dropped; ++i) begin += frames_[i].bytes;
    gap_ = begin;
}

/// Gives back what is written or dropped once that is the larger part: so the cost of moving stays linear.
void Outbox::compact() {
    if (first_begin_ + dropped_ <= bytes_.size() / 2) return;
    std::size_t from = first_begin_, to = 0, kept = 0;
    for (std::size_t i = first_; i < frames_.size(); ++i) {
        const Frame frame = frames_[i];
        if (!frame.is_dropped) {
            std::memmove(bytes_.data() + to, bytes_.data() + from, frame.bytes);
            to += frame.bytes;
            frames_[kept++] = frame;
        }
        from += frame.bytes;
    }
    written_ -= first_begin_;
    bytes_.resize(to);
    frames_.resize(kept);
    first_ = first_begin_ = drop_next_ = drop_begin_ = dropped_ = 0;
    gap_ = no_gap;
}

void Outbox::clear() {
    free_memory(bytes_);
    free_memory(frames_);
    written_ = first_ = first_begin_ = drop_next_ = drop_begin_ = dropped_ = 0;
    gap_ = no_gap;
    cost_ = 0;
}

std::uint64_t Outbox::drop_messages() {
    std::uint64_t freed = 0;
    while (drop_oldest(freed)) {
    }
    bytes_.shrink_to_fit();
    frames_.shrink_to_fit();
    return freed;
}

/// Drops the oldest message of which nothing has been written yet. Its bytes stay until `compact`: taking them
/// out of the middle each time would cost the whole backlog for every message.
bool Outbox::drop_oldest(std::uint64_t& freed) {
    if (drop_next_ < first_) {
        drop_next_ = first_;
        drop_begin_ = first_begin_;
    }
    for (; drop_next_ < frames_.size(); drop_begin_ += frames_[drop_next_].bytes, ++drop_next_) {
        Frame& frame = frames_[drop_next_];
        if (frame.cost == 0 || frame.is_dropped || drop_begin_ < written_) continue;
        freed += frame.credit();
        cost_ -= frame.cost;
        frame.cost = 0;
        frame.is_dropped = true;
        dropped_ += frame.bytes;
        gap_ = std::min(gap_, drop_begin_);
        step_over_dropped();
        compact();
        return true;
    }
    return false;
}

}  // namespace berth::host::gateway
