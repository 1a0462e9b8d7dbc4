// SPDX-License-Identifier: MIT
/// Reads a pipe of a child on the loop, a bounded amount each turn.
#pragma once

#include <functional>
#include <string_view>

#include "base/event_loop.hpp"

namespace berth::host::supervisor {

class PipeReader {
public:
    using Bytes = std::function<void(std::string_view)>;

    /// `read_end` is non-blocking. `bytes` must not destroy the reader.
    PipeReader(EventLoop& loop, UniqueFd read_end, Bytes bytes);
    ~PipeReader();
    PipeReader(const PipeReader&) = delete;
    PipeReader& operator=(const PipeReader&) = delete;

    /// Reads what is still there and closes: the child has ended, but a grandchild may hold the pipe.
    void finish();

private:
    /// Answers whether more may come.
    bool read_some(int chunks_max);
    void close();

    EventLoop& loop_;
    UniqueFd fd_;
    Bytes bytes_;
};

/// A pipe, the read end non-blocking; both close-on-exec.
Result<std::pair<UniqueFd, UniqueFd>> make_pipe();

}  // namespace berth::host::supervisor
