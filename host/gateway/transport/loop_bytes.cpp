// SPDX-License-Identifier: MIT
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "gateway/transport/loop.hpp"

namespace berth::host::transport {

void Loop::read_turn(Connection& connection) {
    // Paused: the mask is only taken back now, so that a short pause costs nothing.
    if (connection.paused_ || connection.phase_ != Connection::Phase::own) return;
    connection.read_needs_write_ = false;
    if (!connection.unread_.is_empty() && !deliver_unread(connection)) return;

    const bool is_tls = connection.is_tls_;
    const std::size_t budget = std::min(settings_.read_budget, connection.read_bytes_max_);
    const std::span<char> room(buffer_.get(), is_tls ? std::max(budget, tls_record_bytes) : budget);
    const Moved read = is_tls ? read_tls(connection.ssl_, room) : read_plain(connection.fd_, room);
    if (read.bytes > 0 && connection.is_open()) deliver(connection, room.first(read.bytes));
    if (!connection.is_open()) return;
    switch (read.outcome) {
        case Outcome::more:
            if (is_tls) make_ready(connection);
            break;
        case Outcome::needs_write:
            connection.read_needs_write_ = true;
            break;
        case Outcome::ended:
            if (!connection.unread_.is_empty()) break;
            // RFC 8446 §6.1: a close_notify is answered with one.
            if (is_tls && got_close_notify(connection.ssl_)) static_cast<void>(end_tls(connection.ssl_));
            close(connection, CloseReason::peer);
            break;
        case Outcome::reset:
            close(connection, CloseReason::reset);
            break;
        case Outcome::broken:
            close(connection, CloseReason::tls_failure);
            break;
        case Outcome::drained:
        case Outcome::needs_read:
            break;
    }
    if (connection.is_open() && connection.write_needs_read_) write_turn(connection);
}

/// Gives again what was left. @return whether reading goes on.
bool Loop::deliver_unread(Connection& connection) {
    // Out of the connection meanwhile: a handler that ends it gives back what it holds.
    UnreadBytes unread = std::move(connection.unread_);
    deliver(connection, unread.left(), &unread);
    // The handler may have paused and gone on within the call: the rest still comes before what is new.
    return connection.is_open() && !connection.paused_ && connection.unread_.is_empty();
}

/// @param unread what `bytes` are all of, or nothing when they lie in the read buffer and a rest is to be copied
void Loop::deliver(Connection& connection, std::span<char> bytes, UnreadBytes* unread) {
    if (!connection.is_established_) {
        handler_.on_head(connection, {bytes.data(), bytes.size()});
        return;
    }
    const std::size_t used = handler_.on_data(connection, bytes);
    if (connection.is_open() && used < bytes.size()) {
        if (unread != nullptr) {
            unread->take(used);
            connection.unread_ = std::move(*unread);
        } else {
            connection.unread_ = UnreadBytes(bytes.subspan(used));
        }
        connection.paused_ = true;
    }
    if (connection.is_open()) handler_.on_read_turn_end(connection);
}

void Loop::make_ready(Connection& connection) {
    if (connection.is_ready_) return;
    connection.is_ready_ = true;
    ready_.push_back(connection.token_);
}

void Loop::read_ready() {
    std::vector<std::uint64_t> ready;
    ready.swap(ready_);  // What becomes ready meanwhile has its turn after the next wait.
    for (const std::uint64_t token : ready) {
        Connection* connection = poller_.find(token);
        if (connection == nullptr) continue;
        connection->is_ready_ = false;
        read_turn(*connection);
        arm(*connection);
    }
}

void Loop::pause(Connection& connection) {
    connection.paused_ = true;
    // The library, told to stop, would watch the descriptor no more and miss a reset.
    if (connection.phase_ == Connection::Phase::library && connection.is_handshaken_) take_over(connection);
}

void Loop::resume(Connection& connection) {
    if (!connection.paused_) return;
    connection.paused_ = false;
    if (connection.phase_ != Connection::Phase::own) return;
    if (!connection.unread_.is_empty() || (connection.is_tls_ && holds_bytes(connection.ssl_)))
        make_ready(connection);
    arm(connection);
}

std::size_t Loop::write(Connection& connection, std::span<const iovec> pieces) {
    if (!connection.is_open() || !connection.is_handshaken_) return 0;
    if (connection.phase_ == Connection::Phase::waiting) give_to_library(connection);
    std::size_t offered = 0;
    for (const iovec& piece : pieces) offered += piece.iov_len;
    if (!connection.is_open() || offered == 0) return 0;
    if (!connection.unsent_.empty()) {
        connection.wants_write_ = true;
        return 0;
    }

    const Moved written = connection.is_tls_ ? write_tls(connection.ssl_, pieces, connection.unsent_)
                                             : write_plain(connection.fd_, pieces);
    if (written.outcome == Outcome::reset || written.outcome == Outcome::broken ||
        written.outcome == Outcome::ended) {
        close(connection, CloseReason::reset);
        return written.bytes;
    }
    connection.write_needs_read_ = written.outcome == Outcome::needs_read;
    connection.wants_write_ = written.bytes < offered;
    if (connection.wants_write_ || !connection.unsent_.empty()) {
        take_over(connection);
        note_blocked(connection);
        arm(connection);
    } else {
        connection.blocked_.clear();
    }
    return written.bytes;
}

void Loop::note_blocked(Connection& connection) {
    if (!connection.blocked_.is_set()) blocked_.set(connection.blocked_, now_ + settings_.blocked_write);
}

/// The kernel takes bytes again: first the record that was begun, then the handler's.
void Loop::write_turn(Connection& connection) {
    connection.blocked_.clear();
    connection.write_needs_read_ = false;
    if (!connection.unsent_.empty()) {
        const Moved sent = flush_tls(connection.ssl_, connection.unsent_);
        if (sent.outcome == Outcome::reset || sent.outcome == Outcome::broken ||
            sent.outcome == Outcome::ended) {
            close(connection, CloseReason::reset);
            return;
        }
        if (!connection.unsent_.empty()) {
            connection.write_needs_read_ = sent.outcome == Outcome::needs_read;
            note_blocked(connection);
            return;
        }
    }
    if (connection.wants_write_) {
        connection.wants_write_ = false;
        handler_.on_writable(connection);
    }
}

/// What OpenSSL still holds, close_notify, FIN; again when there is room, if there was none.
void Loop::end_our_side(Connection& connection) {
    if (connection.is_tls_) {
        Outcome outcome = Outcome::more;
        if (!connection.unsent_.empty()) outcome = flush_tls(connection.ssl_, connection.unsent_).outcome;
        if (outcome == Outcome::more) outcome = end_tls(connection.ssl_);
        connection.end_is_unsent_ = outcome == Outcome::drained;
        if (connection.end_is_unsent_) return;
    }
    static_cast<void>(::shutdown(connection.fd_, SHUT_WR));
}

void Loop::linger_turn(Connection& connection, std::uint32_t events) {
    if ((events & EPOLLERR) != 0) {
        close(connection, CloseReason::local);
        return;
    }
    if (connection.end_is_unsent_ && (events & EPOLLOUT) != 0) end_our_side(connection);
    // What comes now is nobody's, so over TLS too it is dropped as it is.
    const Moved read = read_plain(connection.fd_, {buffer_.get(), settings_.read_budget});
    if (read.outcome == Outcome::ended || read.outcome == Outcome::reset)
        close(connection, CloseReason::local);
    arm(connection);
}

/// Makes the epoll mask what the connection's state asks for. While it is paused, reading stays armed until
/// an event shows that it matters.
void Loop::arm(Connection& connection) {
    std::uint32_t mask = 0;
    if (connection.phase_ == Connection::Phase::own) {
        if (!connection.paused_) mask |= EPOLLIN;
        const bool has_rest = connection.wants_write_ || !connection.unsent_.empty();
        if (connection.read_needs_write_ || (has_rest && !connection.write_needs_read_)) mask |= EPOLLOUT;
    } else if (connection.phase_ == Connection::Phase::lingering) {
        mask = EPOLLIN | (connection.end_is_unsent_ ? std::uint32_t{EPOLLOUT} : 0u);
    } else {
        return;
    }
    if (mask == connection.armed_) return;
    connection.armed_ = mask;
    static_cast<void>(poller_.control(EPOLL_CTL_MOD, connection.fd_, mask, connection.token_));
}

}  // namespace berth::host::transport
