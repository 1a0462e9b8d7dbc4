// SPDX-License-Identifier: MIT
#include "support/pseudo_terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "support/command_words.hpp"

namespace berth::test {

PseudoTerminal::PseudoTerminal(const std::vector<std::string>& command, const Environment& more, Size size) {
    const CommandWords words(command, more);
    winsize window{.ws_row = size.lines, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = ::forkpty(&fd_, nullptr, nullptr, &window);
    if (pid_ < 0) throw std::runtime_error(std::string{"forkpty: "} + std::strerror(errno));
    if (pid_ == 0) {
        ::signal(SIGPIPE, SIG_DFL);
        ::execvpe(words.arguments()[0], words.arguments(), words.environment());
        ::_exit(127);
    }
}

PseudoTerminal::~PseudoTerminal() {
    ::close(fd_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void PseudoTerminal::types(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t written = ::write(fd_, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void PseudoTerminal::resize(Size size) const {
    const winsize window{.ws_row = size.lines, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(fd_, TIOCSWINSZ, &window);
}

bool PseudoTerminal::receive(Deadline deadline) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, deadline.left_ms()) <= 0) return false;
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got <= 0) return false;  // EIO: nobody has the terminal open any more.
    seen_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
}

bool PseudoTerminal::shows(std::string_view text, Deadline deadline) {
    for (;;) {
        const auto found = seen_.find(text, looked_at_);
        if (found != std::string::npos) {
            looked_at_ = found + text.size();
            return true;
        }
        if (!receive(deadline)) return false;
    }
}

std::optional<int> PseudoTerminal::ends(Deadline deadline) {
    while (receive(deadline)) {
    }
    const auto code = wait_for(pid_, deadline);
    if (code) pid_ = -1;
    return code;
}

}  // namespace berth::test
