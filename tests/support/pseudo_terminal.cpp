// SPDX-License-Identifier: MIT
#include "support/pseudo_terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace berth::test {

PseudoTerminal::PseudoTerminal(const std::vector<std::string>& command, const Environment& more, Size size) {
    // All that allocates is done before the fork.
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        variables[std::string{text.substr(0, text.find('='))}] = text.substr(text.find('=') + 1);
    }
    for (const auto& [name, value] : more) variables[name] = value;
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
    std::vector<char*> environment, arguments;
    for (auto& line : lines) environment.push_back(line.data());
    environment.push_back(nullptr);
    auto copy = command;
    for (auto& argument : copy) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    winsize window{.ws_row = size.lines, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = ::forkpty(&fd_, nullptr, nullptr, &window);
    if (pid_ < 0) throw std::runtime_error(std::string{"forkpty: "} + std::strerror(errno));
    if (pid_ == 0) {
        ::signal(SIGPIPE, SIG_DFL);
        ::execvpe(arguments[0], arguments.data(), environment.data());
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
