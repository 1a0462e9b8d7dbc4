// SPDX-License-Identifier: MIT
#include "worker/crash_stack.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string_view>

namespace berth::host::worker {
namespace {

using link::CrashStack;

constexpr unsigned seconds_max = 2;
/// The handler, what it calls, and the kernel's way back.
constexpr std::size_t handler_frames = 8;

/// Where the thread was interrupted; 0 on machines that nobody has tried yet.
std::uint64_t counter_of(const void* context) {
#if defined(__x86_64__)
    return static_cast<std::uint64_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
    return static_cast<const ucontext_t*>(context)->uc_mcontext.pc;
#else
    return context == nullptr ? 0 : 0;
#endif
}

/// "START-END PERMISSIONS OFFSET DEVICE INODE PATH": of a file, and its beginning or its code.
bool is_wanted(std::string_view line) {
    const std::size_t permissions = line.find(' ') + 1;
    if (permissions == 0 || permissions + 5 >= line.size() || line.find('/') == std::string_view::npos) return false;
    const std::string_view offset = line.substr(permissions + 5, line.find(' ', permissions + 5) - permissions - 5);
    return line[permissions + 2] == 'x' || offset.find_first_not_of('0') == std::string_view::npos;
}

void keep(CrashStack& stack, std::string_view line) {
    const std::uint32_t size = stack.files_size.load(std::memory_order_relaxed);
    if (!is_wanted(line) || line.size() > stack.files.size() - size) return;
    std::memcpy(stack.files.data() + size, line.data(), line.size());
    stack.files_size.store(size + static_cast<std::uint32_t>(line.size()), std::memory_order_relaxed);
}

void note_files(CrashStack& stack) {
    const int file = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    char buffer[1024];
    std::size_t kept = 0;
    for (ssize_t size = 0; (size = ::read(file, buffer + kept, sizeof buffer - kept)) > 0;) {
        std::string_view rest(buffer, kept + static_cast<std::size_t>(size));
        for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
            keep(stack, rest.substr(0, end + 1));
        }
        // What is longer than the buffer names no file that could be named in a log either.
        kept = rest.size() == sizeof buffer ? 0 : rest.size();
        std::memmove(buffer, rest.data(), kept);
    }
    ::close(file);
}

void add(CrashStack& stack, std::uint64_t address) {
    const std::uint32_t count = stack.count.load(std::memory_order_relaxed);
    if (count >= CrashStack::addresses_max) return;
    stack.addresses[count].store(address, std::memory_order_relaxed);
    stack.count.store(count + 1, std::memory_order_release);
}

/// backtrace() may wait for a lock that a crashed thread holds for ever.
void end_if_this_hangs() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGALRM, &standard, nullptr);
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    ::sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
    ::alarm(seconds_max);
}

}  // namespace

void prepare_crash_stack(CrashStack& stack) {
    Dl_info program{};
    if (::dladdr(reinterpret_cast<const void*>(&prepare_crash_stack), &program) != 0) {
        stack.program.store(reinterpret_cast<std::uintptr_t>(program.dli_fbase), std::memory_order_relaxed);
    }
    void* unused = nullptr;
    static_cast<void>(::backtrace(&unused, 1));
}

void note_crash_stack(CrashStack& stack, const void* context) {
    std::uint32_t nobody = 0;
    if (!stack.is_taken.compare_exchange_strong(nobody, 1)) return;
    note_files(stack);
    const std::uint64_t counter = counter_of(context);
    add(stack, counter);
    end_if_this_hangs();
    void* frames[CrashStack::addresses_max + handler_frames];
    const int found = ::backtrace(frames, static_cast<int>(std::size(frames)));
    void** const end = frames + std::max(found, 0);
    void** const interrupted = std::find(frames, end, reinterpret_cast<void*>(counter));
    for (void** at = interrupted; at != end && ++at != end;) add(stack, reinterpret_cast<std::uintptr_t>(*at));
}

}  // namespace berth::host::worker
