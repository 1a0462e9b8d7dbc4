// SPDX-License-Identifier: MIT
#include "worker/stack_sample.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>

#include "base/mutex.hpp"
#include "elf/stack_text.hpp"
#include "worker/crash_marks.hpp"

namespace berth::host::worker {
namespace {

constexpr int frames_max = 64;
/// The handler itself, and the kernel's way back from it.
constexpr int own_frames = 2;
constexpr Milliseconds between_looks{1};

enum class Asking : std::uint32_t { nobody, asked, answering, answered };

/// One question at a time; the handler writes only between `answering` and `answered`.
struct Question {
    std::atomic<Asking> state{Asking::nobody};
    std::atomic<const link::Slot*> slot{nullptr};
    std::atomic<std::int64_t> started_ns{0};
    std::array<void*, frames_max> frames{};
    int count = 0;
};

// What a signal handler reaches cannot be passed to it.
Question question;
Mutex one_at_a_time;

/// On the thread that is asked. backtrace() takes no lock and no memory once it has been called.
extern "C" void answer_question(int, siginfo_t*, void*) {
    const link::Slot* const mine = crash_slot_of_this_thread();
    if (mine == nullptr || mine != question.slot.load(std::memory_order_acquire)) return;
    if (mine->started_ns.load(std::memory_order_relaxed) != question.started_ns.load(std::memory_order_relaxed)) return;
    Asking asked = Asking::asked;
    if (!question.state.compare_exchange_strong(asked, Asking::answering)) return;
    const int error = errno;
    question.count = ::backtrace(question.frames.data(), frames_max);
    errno = error;
    question.state.store(Asking::answered, std::memory_order_release);
}

std::optional<elf::Place> place_of(std::uint64_t address) {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(address), &info) == 0 || info.dli_fname == nullptr) return std::nullopt;
    return elf::Place{.file = info.dli_fname,
                      .base = reinterpret_cast<std::uintptr_t>(info.dli_fbase),
                      .exported = info.dli_sname != nullptr ? info.dli_sname : "",
                      .exported_at = reinterpret_cast<std::uintptr_t>(info.dli_saddr)};
}

}  // namespace

void install_stack_samples() {
    static std::once_flag once;
    std::call_once(once, [] {
        std::array<void*, 1> unused{};
        static_cast<void>(::backtrace(unused.data(), 1));
        struct sigaction action {};
        action.sa_sigaction = answer_question;
        action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_RESTART);
        sigemptyset(&action.sa_mask);
        ::sigaction(SIGURG, &action, nullptr);
    });
}

std::vector<std::uintptr_t> sample_stack(const link::Slot& slot, std::int64_t started_ns, Milliseconds limit) {
    const std::int32_t thread = slot.thread.load(std::memory_order_relaxed);
    if (thread == 0) return {};
    const MutexLock lock(one_at_a_time);
    question.slot.store(&slot, std::memory_order_relaxed);
    question.started_ns.store(started_ns, std::memory_order_relaxed);
    question.state.store(Asking::asked, std::memory_order_release);
    const TimePoint latest = Clock::now() + limit;
    if (::syscall(SYS_tgkill, ::getpid(), thread, SIGURG) == 0) {
        while (question.state.load(std::memory_order_acquire) != Asking::answered && Clock::now() < latest) {
            std::this_thread::sleep_for(between_looks);
        }
    }
    Asking state = Asking::asked;
    if (question.state.compare_exchange_strong(state, Asking::nobody)) return {};
    // It is at it: nothing there waits for anything.
    while (question.state.load(std::memory_order_acquire) != Asking::answered) std::this_thread::yield();
    std::vector<std::uintptr_t> addresses;
    for (int i = own_frames; i < question.count; ++i) {
        addresses.push_back(reinterpret_cast<std::uintptr_t>(question.frames[static_cast<std::size_t>(i)]));
    }
    question.state.store(Asking::nobody, std::memory_order_release);
    return addresses;
}

std::string describe_stack(const std::vector<std::uintptr_t>& addresses) {
    const auto host = place_of(reinterpret_cast<std::uintptr_t>(&describe_stack));
    return elf::stack_text({addresses.begin(), addresses.end()}, place_of, host ? host->base : 0);
}

}  // namespace berth::host::worker
