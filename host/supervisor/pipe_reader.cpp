// SPDX-License-Identifier: MIT
#include "supervisor/pipe_reader.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace berth::host::supervisor {
namespace {

constexpr int chunks_per_turn = 4;
// What a pipe can hold by default is 64 KiB; a writer that goes on is not waited for.
constexpr int chunks_at_the_end = 64;

}  // namespace

PipeReader::PipeReader(EventLoop& loop, UniqueFd read_end, Bytes bytes)
    : loop_(loop), fd_(std::move(read_end)), bytes_(std::move(bytes)) {
    const auto watched = loop_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t) {
        if (!read_some(chunks_per_turn)) close();
    });
    if (!watched) fd_.reset();
}

PipeReader::~PipeReader() { close(); }

void PipeReader::close() {
    if (fd_) loop_.unwatch(fd_.get());
    fd_.reset();
}

void PipeReader::finish() {
    if (fd_) read_some(chunks_at_the_end);
    close();
}

bool PipeReader::read_some(int chunks_max) {
    std::array<char, 16u << 10> chunk;
    for (int i = 0; i < chunks_max;) {
        const ssize_t size = ::read(fd_.get(), chunk.data(), chunk.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return true;
        if (size <= 0) return false;
        bytes_({chunk.data(), static_cast<std::size_t>(size)});
        ++i;
    }
    return true;
}

Result<std::pair<UniqueFd, UniqueFd>> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
    std::pair<UniqueFd, UniqueFd> pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return fail_errno("make a pipe", errno);
    return pipe;
}

}  // namespace berth::host::supervisor
