// SPDX-License-Identifier: MIT
#include "roles/confinement/confinement.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

namespace berth::host::roles {
namespace {

// ioprio_set(2) has no header.
constexpr int of_processes = 1, of_groups = 2, of_users = 3;
constexpr int idle = 3 << 13;

/// Confines a process of its own and answers what `act` found there: a sentence.
std::string in_confinement(Confined whom, const std::function<std::string()>& act) {
    int ends[2];
    if (::pipe(ends) != 0) return "<no pipe>";
    const pid_t child = ::fork();
    if (child == 0) {
        const auto confined = confine(whom);
        const std::string found = confined ? act() : "<" + confined.error().message + ">";
        static_cast<void>(!::write(ends[1], found.data(), found.size()));
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string found;
    char buffer[256];
    for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) found.append(buffer, static_cast<std::size_t>(size));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return found;
}

/// "EPERM", "done", or another error.
std::string outcome(long result) {
    if (result >= 0) return "done";
    return errno == EPERM ? "EPERM" : errno == ENOSYS ? "ENOSYS" : std::strerror(errno);
}

class Confinement : public testing::TestWithParam<Confined> {
protected:
    void SetUp() override {
        if (!can_confine()) GTEST_SKIP() << "a sanitizer's program is not confined";
    }
};
INSTANTIATE_TEST_SUITE_P(Processes, Confinement, testing::Values(Confined::project, Confined::gateway),
                         [](const auto& whom) { return whom.param == Confined::project ? "project" : "gateway"; });

}  // namespace

TEST_P(Confinement, lets_no_process_be_started_in_any_way) {
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::fork()); }), "EPERM");
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::syscall(SYS_vfork)); }), "EPERM");
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }), "EPERM");
    EXPECT_EQ(in_confinement(GetParam(), [] {
                  clone_args arguments{};
                  arguments.exit_signal = SIGCHLD;
                  return outcome(::syscall(SYS_clone3, &arguments, sizeof arguments));
              }),
              "ENOSYS");
    EXPECT_EQ(in_confinement(GetParam(), [] {
                  char name[] = "/bin/true";
                  char* words[] = {name, nullptr};
                  return outcome(::execv(name, words));
              }),
              "EPERM");
    EXPECT_EQ(in_confinement(GetParam(), [] {
                  char name[] = "/bin/true";
                  char* words[] = {name, nullptr};
                  pid_t pid = 0;
                  errno = ::posix_spawn(&pid, name, nullptr, nullptr, words, nullptr);
                  return outcome(errno == 0 ? 0 : -1);
              }),
              "EPERM");
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::system("true") == 0 ? 0 : -1); }), "EPERM");
}

TEST_P(Confinement, lets_nothing_be_traced_and_no_privilege_be_gained) {
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }), "EPERM");
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::syscall(SYS_unshare, CLONE_NEWUSER)); }), "EPERM");
    const std::string status = in_confinement(GetParam(), [] {
        std::ifstream in("/proc/self/status");
        std::string found;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("NoNewPrivs") || line.starts_with("Seccomp:")) found += line + " ";
        }
        return found;
    });
    EXPECT_EQ(status, "NoNewPrivs:\t1 Seccomp:\t2 ");
}

TEST_P(Confinement, lets_a_process_signal_itself_and_nobody_else) {
    const auto signalled = [](pid_t (*whom)()) {
        return in_confinement(GetParam(), [&] {
            const pid_t process = whom();
            siginfo_t info{};
            info.si_code = SI_QUEUE;
            std::string found = outcome(::kill(process, 0));
            found += " " + outcome(::syscall(SYS_tgkill, process, process, 0));
            found += " " + outcome(::syscall(SYS_rt_sigqueueinfo, process, SIGURG, &info));
            found += " " + outcome(::syscall(SYS_rt_tgsigqueueinfo, process, process, SIGURG, &info));
            found += " " + outcome(::syscall(SYS_tkill, process, 0));
            found += " " + outcome(::syscall(SYS_pidfd_open, process, 0));
            return found;
        });
    };
    EXPECT_EQ(signalled(::getpid), "done done done done EPERM EPERM");
    EXPECT_EQ(signalled(::getppid), "EPERM EPERM EPERM EPERM EPERM EPERM");
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::kill(0, 0)) + " " + outcome(::kill(-1, 0)); }), "EPERM EPERM");
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::raise(SIGURG) == 0 ? 0 : -1); }), "done");
    // The kernel reads 32 bits of a process's number; a filter sees all 64.
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::syscall(SYS_kill, (1L << 32) | ::getppid(), 0)); }), "EPERM");
}

TEST_P(Confinement, lets_no_descriptor_signal_somebody_else) {
    const auto owned_by = [](pid_t (*whom)()) {
        return in_confinement(GetParam(), [&] {
            int ends[2];
            if (::pipe(ends) != 0) return std::string("<no pipe>");
            const pid_t process = whom();
            const f_owner_ex owner{.type = F_OWNER_PID, .pid = process};
            return outcome(::fcntl(ends[0], F_SETOWN, process)) + " " + outcome(::syscall(SYS_fcntl, ends[0], (1L << 32) | F_SETOWN, process)) +
                   " " + outcome(::fcntl(ends[0], F_SETOWN_EX, &owner)) + " " + outcome(::ioctl(ends[0], FIOSETOWN, &process));
        });
    };
    EXPECT_EQ(owned_by(::getpid), "done done EPERM EPERM");
    EXPECT_EQ(owned_by(::getppid), "EPERM EPERM EPERM EPERM");
}

TEST_P(Confinement, lets_a_process_change_its_own_limits_and_turns_and_nobody_elses) {
    const auto changed = [](pid_t (*whom)()) {
        return in_confinement(GetParam(), [&] {
            const rlimit none{};
            const sched_param usual{};
            const pid_t process = whom();
            return outcome(::prlimit(process, RLIMIT_CORE, &none, nullptr)) + " " + outcome(::setpriority(PRIO_PROCESS, static_cast<id_t>(process), 10)) +
                   " " + outcome(::sched_setscheduler(process, SCHED_BATCH, &usual)) + " " + outcome(::syscall(SYS_ioprio_set, of_processes, process, idle));
        });
    };
    EXPECT_EQ(changed([]() -> pid_t { return 0; }), "done done done done");
    EXPECT_EQ(changed(::getppid), "EPERM EPERM EPERM EPERM");
}

TEST_P(Confinement, lets_a_process_say_on_which_processors_it_runs_itself_and_nobody_else) {
    const auto bound = [](pid_t (*whom)()) {
        return in_confinement(GetParam(), [&] {
            cpu_set_t all{};
            if (::sched_getaffinity(0, sizeof all, &all) != 0) return std::string("<not told>");
            return outcome(::sched_setaffinity(whom(), sizeof all, &all));
        });
    };
    EXPECT_EQ(bound([]() -> pid_t { return 0; }), "done");
    EXPECT_EQ(bound(::getppid), "EPERM");
}

TEST_P(Confinement, lets_nobody_change_the_turns_of_a_whole_group_or_user) {
    EXPECT_EQ(in_confinement(GetParam(), [] {
                  std::string found;
                  for (const auto which : {PRIO_PGRP, PRIO_USER}) found += outcome(::setpriority(which, 0, 10)) + " ";
                  for (const int which : {of_groups, of_users}) found += outcome(::syscall(SYS_ioprio_set, which, 0, idle)) + " ";
                  return found;
              }),
              "EPERM EPERM EPERM EPERM ");
}

TEST(Looking, is_nothing_that_others_may_while_the_process_sees_itself) {
    if (!can_confine()) GTEST_SKIP() << "a sanitizer's program is not confined";
    const pid_t child = ::fork();
    if (child == 0) {
        let_others_look(false);
        const bool is_closed = ::prctl(PR_GET_DUMPABLE) == 0;
        const bool sees_itself = std::ifstream("/proc/self/maps").good() && std::ifstream("/proc/self/status").good() &&
                                 ::access("/proc/self/fd/0", F_OK) == 0 && ::open("/proc/self/exe", O_RDONLY) >= 0;
        let_others_look(true);
        ::_exit(is_closed && sees_itself && ::prctl(PR_GET_DUMPABLE) == 1 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_P(Confinement, lets_threads_be_started_and_files_be_read) {
    EXPECT_EQ(in_confinement(GetParam(), [] {
                  std::string found;
                  std::thread([&] { found = std::ifstream("/proc/self/status").good() ? "read" : "not read"; }).join();
                  return found;
              }),
              "read");
}

TEST_P(Confinement, holds_for_threads_that_were_there_before) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        int go[2];
        if (::pipe(go) != 0) ::_exit(9);
        std::thread other([&] {
            char byte = 0;
            static_cast<void>(!::read(go[0], &byte, 1));
            const std::string found = outcome(::fork());
            static_cast<void>(!::write(ends[1], found.data(), found.size()));
        });
        if (const auto confined = confine(GetParam()); !confined) {
            static_cast<void>(!::write(ends[1], confined.error().message.data(), confined.error().message.size()));
            ::_exit(9);
        }
        static_cast<void>(!::write(go[1], "x", 1));
        other.join();
        ::_exit(0);
    }
    ::close(ends[1]);
    char found[200] = {};
    static_cast<void>(!::read(ends[0], found, sizeof found - 1));
    ::close(ends[0]);
    EXPECT_STREQ(found, "EPERM");
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_P(Confinement, of_a_project_leaves_it_files_and_sockets_and_of_the_gateway_does_not) {
    const std::string allowed = GetParam() == Confined::project ? "done" : "EPERM";
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::socket(AF_INET, SOCK_STREAM, 0)); }), allowed);
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::open("/dev/null", O_WRONLY)); }), allowed);
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::open("/dev/null", O_RDWR)); }), allowed);
    EXPECT_EQ(in_confinement(GetParam(), [] { return outcome(::open("/dev/null", O_RDONLY)); }), "done");
}

TEST_P(Confinement, of_the_gateway_knows_no_call_whose_way_of_opening_is_behind_a_pointer) {
    const auto open_to_write = [] {
        open_how how{};
        how.flags = O_WRONLY;
        return outcome(::syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof how));
    };
    EXPECT_EQ(in_confinement(GetParam(), open_to_write), GetParam() == Confined::project ? "done" : "ENOSYS");
}

TEST(DescriptorBound, lowers_the_limit_and_never_raises_it) {
    if (!can_confine()) GTEST_SKIP() << "a sanitizer's program is not confined";
    const pid_t child = ::fork();
    if (child == 0) {
        rlimit limit{};
        const bool lowered = bound_descriptors(100).has_value() && ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 100 &&
                             limit.rlim_max == 100;
        const bool stays = bound_descriptors(200).has_value() && ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max == 100;
        ::_exit(lowered && stays ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

}  // namespace berth::host::roles
