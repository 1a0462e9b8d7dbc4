// SPDX-License-Identifier: MIT
#include "client/stream.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace berth::client::inner {

namespace {

bool is_for_later(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

Stream::~Stream() {
    if (socket_) shutdown(socket_.get(), SHUT_RDWR);
}

Moved Stream::receive(std::span<char> to) {
    const ssize_t got = recv(fd(), to.data(), to.size(), 0);
    if (got > 0) return {Io::done, static_cast<std::size_t>(got)};
    if (got == 0) return {Io::ended};
    if (is_for_later(errno)) return {Io::blocked};
    return fail(std::generic_category().message(errno));
}

Moved Stream::send(std::string_view bytes) {
    const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return {Io::done, static_cast<std::size_t>(sent)};
    if (is_for_later(errno)) return {Io::blocked};
    return fail(std::generic_category().message(errno));
}

Moved Stream::fail(std::string problem) {
    problem_ = std::move(problem);
    return {Io::failed};
}

}  // namespace berth::client::inner
