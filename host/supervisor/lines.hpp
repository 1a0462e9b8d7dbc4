// SPDX-License-Identifier: MIT
/// Bytes of a pipe to lines, bounded.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace berth::host::supervisor {

/// Collects bytes and hands out whole lines without their end. A line longer than the bound is handed out cut,
/// its rest dropped, so that a child cannot make its reader grow.
class Lines {
public:
    explicit Lines(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

    void add(std::string_view bytes, const std::function<void(std::string_view)>& line);
    /// What is left without an end, at the end of the pipe.
    void finish(const std::function<void(std::string_view)>& line);

private:
    const std::size_t line_bytes_max_;
    std::string partial_;
    bool skipping_ = false;  // Inside a line that was cut.
};

}  // namespace berth::host::supervisor
