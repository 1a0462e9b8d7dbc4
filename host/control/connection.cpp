// SPDX-License-Identifier: MIT
#include "control/connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/log.hpp"

namespace berth::host::control {

Connection::Connection(UniqueFd fd, Peer peer, Access access, const Limits& limits,
                       std::function<void()> wake)
    : fd_(std::move(fd)),
      peer_(peer),
      access_(access),
      limits_(limits),
      wake_(std::move(wake)),
      last_active_(Clock::now()) {}

Connection::~Connection() {
    if (is_busy_ && when_gone_) std::exchange(when_gone_, nullptr)();
}

void Connection::receive() {
    std::array<char, 16384> chunk{};
    while (!is_at_end_ && input_.size() <= limits_.request_bytes_max) {
        const auto room = std::min(chunk.size(), limits_.request_bytes_max + 1 - input_.size());
        const auto n = ::recv(fd_.get(), chunk.data(), room, MSG_DONTWAIT);
        if (n > 0) {
            last_active_ = Clock::now();
            if (input_.empty()) request_begun_ = last_active_;
            input_.append(chunk.data(), static_cast<std::size_t>(n));
        } else if (n == 0) {
            is_at_end_ = true;
        } else if (errno != EINTR) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) break_off();
            return;
        }
    }
}

std::optional<std::string> Connection::next_line() {
    if (is_busy_ || is_closing_ || is_broken_ || is_too_long()) return std::nullopt;
    const auto end = input_.find('\n', searched_);
    if (end == std::string::npos && (!is_at_end_ || input_.empty())) {
        searched_ = input_.size();
        return std::nullopt;
    }
    std::string line = input_.substr(0, end);
    input_.erase(0, end == std::string::npos ? end : end + 1);
    searched_ = 0;
    request_begun_ = last_active_ = Clock::now();
    return line;
}

bool Connection::is_too_long() const {
    return !is_busy_ && !is_closing_ && input_.size() > limits_.request_bytes_max &&
           input_.find('\n', searched_) == std::string::npos;
}

void Connection::put(std::string_view line, bool is_last) {
    if (is_broken_) return;
    output_.append(line);
    output_.push_back('\n');
    flush();
    if (output_.size() > limits_.output_bytes_max) {
        break_off();  // Before the warning: this peer may be following the log.
        log::warning("control peer does not read", {{"uid", peer_.uid}, {"pid", peer_.pid}});
    }
    if (is_last) {
        is_busy_ = false;
        when_gone_ = nullptr;
        last_active_ = request_begun_ = Clock::now();
    }
    wake_();
}

void Connection::put_and_close(std::string_view line) {
    is_closing_ = true;
    output_.append(line);
    output_.push_back('\n');
    flush();
}

void Connection::flush() {
    while (!output_.empty() && !is_broken_) {
        const auto n = ::send(fd_.get(), output_.data(), output_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            last_active_ = Clock::now();
            output_.erase(0, static_cast<std::size_t>(n));
        } else if (errno != EINTR) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) break_off();
            return;
        }
    }
}

void Connection::break_off() {
    if (std::exchange(is_broken_, true)) return;
    output_.clear();
    ::shutdown(fd_.get(), SHUT_RDWR);  // Raises EPOLLHUP, so that the server's next turn finds it.
}

bool Connection::is_over() const {
    if (is_broken_) return true;
    if (!output_.empty() || is_busy_) return false;
    return is_closing_ || (is_at_end_ && input_.empty());
}

std::uint32_t Connection::interest() const {
    std::uint32_t events = 0;  // EPOLLHUP and EPOLLERR come unasked.
    const bool may_read =
        !is_busy_ && !is_closing_ && !is_at_end_ && input_.size() <= limits_.request_bytes_max;
    if (may_read) events |= EPOLLIN;
    if (!output_.empty()) events |= EPOLLOUT;
    return events;
}

std::optional<TimePoint> Connection::deadline() const {
    if (has_begun_request()) return request_begun_ + limits_.request_timeout;
    if (is_busy_) return std::nullopt;
    if (access_ == Access::viewer && output_.empty()) return std::nullopt;
    return last_active_ + limits_.idle_timeout;
}

}  // namespace berth::host::control
