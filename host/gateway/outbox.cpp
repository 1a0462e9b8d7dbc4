// SPDX-License-Identifier: MIT
#include "gateway/outbox.hpp"

#include "link/actions.hpp"
#include "wire/frame_writer.hpp"

namespace berth::host::gateway {

Outbox::Push Outbox::push_message(wire::MessageKind kind, std::string_view payload, std::size_t bytes_max,
                                  BacklogPolicy policy, std::uint64_t& freed) {
    const std::uint64_t cost = link::message_cost(payload.size());
    if (closing_) {
        freed += cost;
        return Push::dropped;
    }
    // One message always fits into an empty outbox: a limit below the size of a message would block for ever.
    while (cost_ != 0 && cost_ + cost > bytes_max) {
        if (policy == BacklogPolicy::drop_oldest && drop_oldest(freed)) continue;
        if (policy == BacklogPolicy::close) return Push::full;
        freed += cost;
        return Push::dropped;
    }
    add(kind == wire::MessageKind::text ? wire::Opcode::text : wire::Opcode::binary, payload,
        static_cast<std::uint32_t>(cost));
    return Push::queued;
}

void Outbox::push_ping(std::string_view payload) {
    if (!closing_) add(wire::Opcode::ping, payload, 0);
}

void Outbox::push_pong(std::string_view payload) {
    if (!closing_) add(wire::Opcode::pong, payload, 0);
}

void Outbox::push_close(std::uint16_t code, std::string_view reason) {
    if (closing_) return;
    const std::size_t before = bytes_.size();
    wire::append_close(bytes_, code, reason);
    frames_.push_back({static_cast<std::uint32_t>(bytes_.size() - before), 0});
    closing_ = true;
}

void Outbox::push_raw(std::string_view bytes) {
    bytes_.append(bytes);
    frames_.push_back({static_cast<std::uint32_t>(bytes.size()), 0});
}

void Outbox::add(wire::Opcode opcode, std::string_view payload, std::uint32_t cost) {
    const std::size_t before = bytes_.size();
    wire::append_frame(bytes_, opcode, payload);
    frames_.push_back({static_cast<std::uint32_t>(bytes_.size() - before), cost});
    cost_ += cost;
}

std::uint64_t Outbox::wrote(std::size_t n) {
    written_ += n;
    std::uint64_t left = 0;
    while (first_ < frames_.size() && first_begin_ + frames_[first_].bytes <= written_) {
        left += frames_[first_].cost;
        first_begin_ += frames_[first_].bytes;
        ++first_;
    }
    cost_ -= left;
    if (is_empty()) {
        clear();
    } else if (written_ > bytes_.size() / 2) {
        // Moving the smaller part to the front keeps the cost linear.
        bytes_.erase(0, first_begin_);
        written_ -= first_begin_;
        first_begin_ = 0;
        frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    return left;
}

std::uint64_t Outbox::clear() {
    const std::uint64_t left = cost_;
    bytes_ = {};
    frames_ = {};
    written_ = first_ = first_begin_ = 0;
    cost_ = 0;
    return left;
}

/// The oldest message of which nothing has been written yet.
bool Outbox::drop_oldest(std::uint64_t& freed) {
    std::size_t begin = first_begin_;
    for (std::size_t i = first_; i < frames_.size(); begin += frames_[i].bytes, ++i) {
        if (frames_[i].cost == 0 || begin < written_) continue;
        freed += frames_[i].cost;
        cost_ -= frames_[i].cost;
        bytes_.erase(begin, frames_[i].bytes);
        frames_.erase(frames_.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
    }
    return false;
}

}  // namespace berth::host::gateway
