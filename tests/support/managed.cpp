// SPDX-License-Identifier: MIT
#include "support/managed.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

extern char** environ;

namespace berth::test {

PassedSocket::PassedSocket(int backlog) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(fd_, backlog) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error(std::string{"a listening socket: "} + std::strerror(errno));
    }
    endpoint_.port = ntohs(address.sin_port);
}

PassedSocket::~PassedSocket() { ::close(fd_); }

pid_t spawn_managed(const std::vector<std::string>& command, const std::filesystem::path& output, const std::vector<int>& sockets,
                    const Environment& more) {
    std::vector<std::string> variables;
    for (char** one = environ; *one != nullptr; ++one) variables.emplace_back(*one);
    for (const auto& [name, value] : more) variables.push_back(name + "=" + value);
    if (!sockets.empty()) variables.push_back("LISTEN_FDS=" + std::to_string(sockets.size()));
    // The child's number is known to the child only.
    char listen_pid[32], watchdog_pid[32];
    std::vector<char*> environment{listen_pid, watchdog_pid};
    for (auto& line : variables) environment.push_back(line.data());
    environment.push_back(nullptr);
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::vector<int> high(sockets.size());
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    std::snprintf(listen_pid, sizeof listen_pid, "LISTEN_PID=%d", static_cast<int>(::getpid()));
    std::snprintf(watchdog_pid, sizeof watchdog_pid, "WATCHDOG_PID=%d", static_cast<int>(::getpid()));
    const int log = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(log, 1);
    ::dup2(log, 2);
    for (std::size_t i = 0; i < sockets.size(); ++i) high[i] = ::fcntl(sockets[i], F_DUPFD, 100);
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        ::dup2(high[i], static_cast<int>(3 + i));
        ::close(high[i]);
    }
    ::execve(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
}

}  // namespace berth::test
