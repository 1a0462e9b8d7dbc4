// SPDX-License-Identifier: MIT
/// A file descriptor with one owner.
#pragma once

#include <utility>

namespace berth::host {

/// Closes its descriptor when destroyed; -1 is the empty state.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    explicit operator bool() const { return is_open(); }
    /// Gives the descriptor away without closing it.
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    /// Closes what is held and holds `fd` instead.
    void reset(int fd = -1);

private:
    int fd_ = -1;
};

}  // namespace berth::host
