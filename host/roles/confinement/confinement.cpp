// SPDX-License-Identifier: MIT
#include "roles/confinement/confinement.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/log.hpp"

namespace berth::host::roles {
namespace {

struct Free {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Free>;

/// Other processes, and what only a machine's administrator has to do with.
constexpr const char* denied_to_all[] = {
    "fork", "vfork", "execve", "execveat",
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp",
    "tkill", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "process_madvise", "process_mrelease",
    "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_tree", "move_mount", "fsopen", "fsmount",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
    "bpf", "perf_event_open", "userfaultfd", "add_key", "request_key", "keyctl", "acct", "quotactl",
};

/// The gateway has its sockets, and gets others from the supervisor.
constexpr const char* denied_to_gateway[] = {
    "socket", "socketpair", "bind", "listen", "connect",
    "creat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "link", "linkat", "symlink",
    "symlinkat", "truncate", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "mknod", "mknodat",
    "io_uring_setup", "setuid", "setgid", "setgroups",
};

/// Calls that act on a process which they name, by the argument with its number. All processes of the host have one user, so
/// the kernel would let each of them end the others.
struct Named {
    const char* call;
    unsigned argument;
};
/// The C library names its own process where it signals a thread of its own.
constexpr Named allowed_to_oneself[] = {{"kill", 0}, {"tgkill", 0}, {"rt_sigqueueinfo", 0}, {"rt_tgsigqueueinfo", 0}};
/// 0 is the caller.
constexpr Named allowed_to_caller[] = {{"prlimit64", 0},      {"setpriority", 1},    {"ioprio_set", 1},    {"sched_setscheduler", 0},
                                       {"sched_setparam", 0}, {"sched_setattr", 0}, {"sched_setaffinity", 0},
                                       {"migrate_pages", 0},  {"move_pages", 0}};

/// A call that this machine's kernel or library does not know is denied by not being there.
bool deny(const Filter& filter, const char* name, int error = EPERM) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return true;
    const int added = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), number, 0);
    return added == 0 || added == -EDOM;
}

bool deny_if(const Filter& filter, const char* name, std::initializer_list<scmp_arg_cmp> arguments) {
    return seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(name),
                                  static_cast<unsigned>(arguments.size()), arguments.begin()) == 0;
}

/// Of an argument that the kernel reads 32 bits of: what a caller writes into the others changes nothing.
scmp_arg_cmp is(unsigned argument, std::uint32_t value) {
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = UINT32_MAX, .datum_b = value};
}

scmp_arg_cmp is_not(unsigned argument, std::uint64_t value) {
    return {.arg = argument, .op = SCMP_CMP_NE, .datum_a = value, .datum_b = 0};
}

/// Signals to others, their limits and their turns. A descriptor's owner is who gets the signals of what happens on it.
bool deny_others(const Filter& filter) {
    const auto own = static_cast<std::uint64_t>(::getpid());
    bool done = deny_if(filter, "fcntl", {is(1, F_SETOWN), is_not(2, own)}) && deny_if(filter, "fcntl", {is(1, F_SETOWN_EX)}) &&
                deny_if(filter, "ioctl", {is(1, FIOSETOWN)}) && deny_if(filter, "ioctl", {is(1, SIOCSPGRP)});
    for (const Named& named : allowed_to_oneself) done = done && deny_if(filter, named.call, {is_not(named.argument, own)});
    for (const Named& named : allowed_to_caller) done = done && deny_if(filter, named.call, {is_not(named.argument, 0)});
    // 0 would be everybody of the caller's group, or of its user, too.
    constexpr std::uint64_t of_processes = 1;  // IOPRIO_WHO_PROCESS, for which there is no header (ioprio_set(2))
    done = done && deny_if(filter, "setpriority", {is_not(0, PRIO_PROCESS)}) && deny_if(filter, "ioprio_set", {is_not(0, of_processes)});
    return done;
}

/// A thread shares everything with its maker; whatever does not is a process.
bool deny_processes(const Filter& filter) {
    return deny(filter, "clone3", ENOSYS) &&
           deny_if(filter, "clone", {{.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = CLONE_THREAD, .datum_b = 0}});
}

bool deny_writing(const Filter& filter) {
    // Its flags lie behind a pointer, where no filter looks: as on a kernel that does not have it.
    bool done = deny(filter, "openat2", ENOSYS);
    for (const unsigned mode : {static_cast<unsigned>(O_WRONLY), static_cast<unsigned>(O_RDWR)}) {
        done = done && deny_if(filter, "openat", {{.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = O_ACCMODE, .datum_b = mode}}) &&
               deny_if(filter, "open", {{.arg = 1, .op = SCMP_CMP_MASKED_EQ, .datum_a = O_ACCMODE, .datum_b = mode}});
    }
    return done;
}

}  // namespace

bool can_confine() {
#if defined(BERTH_SANITIZED)
    return false;
#else
    return true;
#endif
}

Result<void> confine(Confined whom) {
    if (!can_confine()) return {};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("give up new privileges", errno);
    const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
    bool done = filter && seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) == 0 && deny_processes(filter) &&
                deny_others(filter);
    for (const char* name : denied_to_all) done = done && deny(filter, name);
    if (whom != Confined::project) {
        for (const char* name : denied_to_gateway) done = done && deny(filter, name);
        done = done && deny_writing(filter);
    }
    if (!done) return fail(Code::system, "the filter of system calls cannot be made");
    if (const int loaded = seccomp_load(filter.get()); loaded != 0) return fail_errno("load the filter of system calls", -loaded);
    return {};
}

void let_others_look(bool may) {
    if (can_confine()) ::prctl(PR_SET_DUMPABLE, may ? 1 : 0, 0, 0, 0);
}

Result<void> confine_as_configured(Confined whom, const nlohmann::json& configure, const char* what) {
    if (!configure.value("confined", false)) {
        let_others_look(true);
        return {};
    }
    auto confined = confine(whom);
    if (confined) return {};
    if (configure.value("confinement_required", false)) {
        return fail(std::string("it cannot be confined, and host.confinement = \"required\": "), std::move(confined).error());
    }
    log::warning(std::string(what) + " is not confined", {{"why", confined.error().message}});
    return {};
}

namespace {

/// Lowers a limit for good, and never raises it.
Result<void> bound(__rlimit_resource_t resource, rlim_t wanted, const char* what) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) return fail_errno(std::string("ask for the limit of ") + what, errno);
    if (limit.rlim_max <= wanted) return {};
    limit.rlim_max = wanted;
    limit.rlim_cur = wanted;
    if (::setrlimit(resource, &limit) != 0) return fail_errno(std::string("bound the ") + what, errno);
    return {};
}

/// Of a thread, where nothing else is said to the C library.
rlim_t stack_bytes() {
    constexpr rlim_t usual = 8u << 20;
    rlimit limit{};
    return ::getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : usual;
}

}  // namespace

Result<void> bound_descriptors(std::size_t most) {
    if (!can_confine()) return {};
    return bound(RLIMIT_NOFILE, static_cast<rlim_t>(most), "descriptors");
}

Result<void> bound_memory(std::uint64_t bytes, std::size_t threads) {
    if (!can_confine()) return {};
    return bound(RLIMIT_DATA, static_cast<rlim_t>(bytes) + static_cast<rlim_t>(threads) * stack_bytes(), "memory");
}

void be_the_first_without_memory() {
    constexpr int raised = 500;
    constexpr const char* file = "/proc/self/oom_score_adj";
    int score = 0;
    std::ifstream(file) >> score;
    if (score < raised) std::ofstream(file) << raised;
}

void keep_files_private() { ::umask(S_IRWXG | S_IRWXO); }

Result<void> leave_no_cores() { return bound(RLIMIT_CORE, 0, "cores"); }

}  // namespace berth::host::roles
