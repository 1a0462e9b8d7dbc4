// SPDX-License-Identifier: MIT
#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "support/command_words.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

namespace {

/// posix_spawn's parameters; signals and masks are as after a login, whatever the test changed.
class Spawn {
public:
    Spawn() {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
        sigset_t defaults, none;
        sigemptyset(&none);
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE);
        posix_spawnattr_setsigdefault(&attributes_, &defaults);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    ~Spawn() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    Spawn(const Spawn&) = delete;
    Spawn& operator=(const Spawn&) = delete;

    void open(int fd, const char* path, int flags) {
        posix_spawn_file_actions_addopen(&actions_, fd, path, flags, 0644);
    }
    void dup(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }

    pid_t start(const std::vector<std::string>& command, const Environment& more) {
        const CommandWords words(command, more);
        pid_t child = 0;
        const int error = posix_spawnp(&child, command.at(0).c_str(), &actions_, &attributes_, words.arguments(),
                                       words.environment());
        if (error != 0) throw std::runtime_error("starting " + command[0] + ": " + std::strerror(error));
        return child;
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

struct Pipe {
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw std::runtime_error(std::string{"pipe: "} + std::strerror(errno));
    }
    ~Pipe() {
        close(0);
        close(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close(std::size_t end) {
        if (ends[end] >= 0) ::close(std::exchange(ends[end], -1));
    }
    std::array<int, 2> ends{-1, -1};
};

/// Moves what is there into `to`; false at the end of the pipe.
bool drain(int fd, std::string& to) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) to.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

std::size_t entries(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::directory_iterator at{directory, error};
    return error ? 0 : static_cast<std::size_t>(std::distance(at, std::filesystem::directory_iterator{}));
}

std::filesystem::path proc(pid_t process) {
    return "/proc/" + std::to_string(process);
}

/// State letter and parent of a process; a zombie of state 'Z'.
std::optional<std::pair<char, pid_t>> state_of(pid_t process) {
    const std::string stat = read_file(proc(process) / "stat");
    const auto after_name = stat.rfind(')');
    if (after_name == std::string::npos) return std::nullopt;
    std::istringstream rest{stat.substr(after_name + 1)};
    char state = 0;
    pid_t parent = 0;
    rest >> state >> parent;
    return std::pair{state, parent};
}

}  // namespace

pid_t spawn(const std::vector<std::string>& command, const std::filesystem::path& output,
            const Environment& more) {
    Spawn spawn;
    spawn.open(0, "/dev/null", O_RDONLY);
    spawn.open(1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    spawn.dup(1, 2);
    return spawn.start(command, more);
}

Output run(const std::vector<std::string>& command, const Environment& more, std::string_view input,
           Deadline deadline) {
    Pipe in, out, err;
    Spawn spawn;
    spawn.dup(in.ends[0], 0);
    spawn.dup(out.ends[1], 1);
    spawn.dup(err.ends[1], 2);
    const pid_t child = spawn.start(command, more);
    in.close(0);
    out.close(1);
    err.close(1);
    Output result;
    if (::write(in.ends[1], input.data(), input.size()) < 0) result.err = "(its standard input was closed)\n";
    in.close(1);
    bool more_out = true, more_err = true;
    while ((more_out || more_err) && !deadline.passed()) {
        std::array<pollfd, 2> waiting{pollfd{more_out ? out.ends[0] : -1, POLLIN, 0},
                                      pollfd{more_err ? err.ends[0] : -1, POLLIN, 0}};
        if (::poll(waiting.data(), waiting.size(), deadline.left_ms()) <= 0) continue;
        if (waiting[0].revents != 0) more_out = drain(out.ends[0], result.out);
        if (waiting[1].revents != 0) more_err = drain(err.ends[0], result.err);
    }
    if (const auto code = wait_for(child, deadline)) {
        result.exit_code = *code;
    } else {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    return result;
}

std::optional<int> wait_for(pid_t child, Deadline deadline) {
    int status = 0;
    const bool ended = eventually([&] { return ::waitpid(child, &status, WNOHANG) == child; }, deadline,
                                  std::chrono::milliseconds{2});
    if (!ended) return std::nullopt;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::vector<pid_t> descendants(pid_t root) {
    std::multimap<pid_t, pid_t> children;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const pid_t process = std::stoi(name);
        if (const auto state = state_of(process)) children.emplace(state->second, process);
    }
    std::vector<pid_t> found{root};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [from, to] = children.equal_range(found[i]);
        for (auto at = from; at != to; ++at) found.push_back(at->second);
    }
    found.erase(found.begin());
    return found;
}

bool is_alive(pid_t process) {
    const auto state = state_of(process);
    return state && state->first != 'Z' && state->first != 'X';
}

std::size_t descriptor_count(pid_t process) {
    return entries(proc(process) / "fd");
}

std::size_t resident_bytes(pid_t process) {
    std::istringstream pages{read_file(proc(process) / "statm")};
    std::size_t all = 0, resident = 0;
    pages >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t thread_count(pid_t process) {
    return entries(proc(process) / "task");
}

std::string command_line(pid_t process) {
    std::string line = read_file(proc(process) / "cmdline");
    std::replace(line.begin(), line.end(), '\0', ' ');
    return line;
}

}  // namespace berth::test
