// SPDX-License-Identifier: MIT
#include "support/ws_client.hpp"

#include <utility>

namespace berth::test {

WsClient::WsClient(const Endpoint& to, std::string_view target, const Headers& headers,
                   RawClient::Options options, Deadline deadline)
    : raw_(to, options, deadline) {
    raw_.open(target, headers, deadline);
}

bool WsClient::step(Deadline deadline) {
    auto frame = raw_.frame(deadline);
    if (!frame) return false;
    switch (frame->opcode) {
        case opcode::ping:
            ++pings_;
            raw_.send(Frame{.opcode = opcode::pong, .payload = std::move(frame->payload)});
            break;
        case opcode::pong:
            break;
        case opcode::close:
            close_ = Closed{.code = close_code(*frame), .reason = close_reason(*frame)};
            if (!std::exchange(sent_close_, true)) raw_.send(*frame);
            break;
        default:
            if (frame->opcode != opcode::continuation)
                partial_ = Message{.is_text = frame->opcode == opcode::text, .payload = {}};
            if (!partial_) break;
            partial_->payload += frame->payload;
            if (frame->fin) waiting_.push_back(*std::exchange(partial_, std::nullopt));
            break;
    }
    return true;
}

bool WsClient::has_message(Deadline deadline) {
    while (waiting_.empty() && !close_)
        if (!step(deadline)) break;
    return !waiting_.empty();
}

std::optional<Message> WsClient::next(Deadline deadline) {
    if (!has_message(deadline)) return std::nullopt;
    Message message = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return message;
}

std::string WsClient::hears(Deadline deadline) {
    if (auto message = next(deadline)) return message->is_text ? message->payload : "<a buffer>";
    if (close_) return "<closed " + std::to_string(close_->code) + " " + close_->reason + ">";
    return raw_.end() == End::open ? "<nothing>" : "<the connection ended>";
}

bool WsClient::hears_at_last(std::string_view text, Deadline deadline) {
    while (const auto message = next(deadline))
        if (message->is_text && message->payload == text) return true;
    return false;
}

void WsClient::closes(unsigned code, std::string_view reason) {
    sent_close_ = true;
    raw_.send(Frame{.opcode = opcode::close, .payload = close_payload(code, reason)});
}

Closed WsClient::closed(Deadline deadline) {
    while (step(deadline)) {
    }
    Closed how = close_.value_or(Closed{});
    how.end = raw_.end();
    return how;
}

}  // namespace berth::test
