// SPDX-License-Identifier: MIT
#include "supervisor/spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace berth::host::supervisor {
namespace {

/// Everything the child needs, made before fork: after it only system calls are safe.
struct Prepared {
    const char* program;
    std::vector<char*> argv;
    std::vector<int> fds;  ///< numbers above all targets
    int error_pipe;
    pid_t parent;
    const User* user;  ///< or null
};

[[noreturn]] void child_fails(int error_pipe) {
    const int error_number = errno;
    [[maybe_unused]] const auto written = ::write(error_pipe, &error_number, sizeof error_number);
    ::_exit(127);
}

/// Async-signal-safe only.
[[noreturn]] void run_child(const Prepared& prepared) {
    ::setpgid(0, 0);
    if (prepared.user) {
        // Raw calls: the library's wrappers talk to threads that this copy does not have.
        if (::syscall(SYS_setgroups, 0, nullptr) != 0 || ::syscall(SYS_setgid, prepared.user->gid) != 0 ||
            ::syscall(SYS_setuid, prepared.user->uid) != 0) {
            child_fails(prepared.error_pipe);
        }
    }
    // After the change of user, which would clear it.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) child_fails(prepared.error_pipe);
    // The parent may have died before the line above took effect.
    if (::getppid() != prepared.parent) ::_exit(127);
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (std::size_t i = 0; i < prepared.fds.size(); ++i) {
        if (::dup2(prepared.fds[i], static_cast<int>(i)) < 0) child_fails(prepared.error_pipe);
    }
    // Whatever a library opened without close-on-exec ends here too.
    ::syscall(SYS_close_range, static_cast<unsigned>(prepared.fds.size()), ~0u, CLOSE_RANGE_CLOEXEC);
    ::execv(prepared.program, prepared.argv.data());
    child_fails(prepared.error_pipe);
}

}  // namespace

Result<Spawned> spawn(const SpawnRequest& request) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
    const UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    const UniqueFd null_device(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null_device) return fail_errno("open /dev/null", errno);

    // Copies above every target, so that no dup2 in the child overwrites a source that is still needed.
    const int floor = static_cast<int>(request.fds.size()) + 1;
    std::vector<UniqueFd> copies;
    Prepared prepared{.program = request.program.c_str(), .argv = {}, .fds = {}, .error_pipe = -1, .parent = ::getpid(),
                      .user = request.user ? &*request.user : nullptr};
    for (const int fd : request.fds) {
        copies.emplace_back(::fcntl(fd < 0 ? null_device.get() : fd, F_DUPFD_CLOEXEC, floor));
        if (!copies.back()) return fail_errno("duplicate a descriptor", errno);
        prepared.fds.push_back(copies.back().get());
    }
    UniqueFd error_pipe(::fcntl(write_end.get(), F_DUPFD_CLOEXEC, floor));
    if (!error_pipe) return fail_errno("duplicate a descriptor", errno);
    write_end.reset();
    prepared.error_pipe = error_pipe.get();
    for (const std::string& argument : request.arguments) {
        prepared.argv.push_back(const_cast<char*>(argument.c_str()));  // execv promises not to write.
    }
    prepared.argv.push_back(nullptr);

    // No handler of ours may run in the child before its handlers are reset.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) run_child(prepared);
    const int fork_error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return fail_errno("start a process", fork_error);
    ::setpgid(pid, pid);  // Both sides do it, so that it holds whoever is first.

    Spawned spawned{.pid = pid, .pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))};
    const int pidfd_error = errno;
    error_pipe.reset();
    int exec_error = 0;
    ssize_t size = 0;
    do {
        size = ::read(read_end.get(), &exec_error, sizeof exec_error);
    } while (size < 0 && errno == EINTR);
    if (size == 0 && spawned.pidfd) return spawned;

    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (size > 0) return fail_errno("execute " + request.program, exec_error);
    return fail_errno("watch a process", pidfd_error);
}

}  // namespace berth::host::supervisor
