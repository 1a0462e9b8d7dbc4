// SPDX-License-Identifier: MIT
#include "worker/crash_marks.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "link/fatal_signals.hpp"
#include "worker/crash_stack.hpp"

namespace berth::host::worker {
namespace {

thread_local link::Slot* crash_slot = nullptr;
// What a signal handler reaches cannot be passed to it.
std::atomic<link::CrashStack*> crash_stack{nullptr};

/// The supervisor's end of a worker hits any thread; where that is tells nothing.
bool is_sent_by_others(const siginfo_t* info) { return info->si_code <= 0 && info->si_pid != ::getpid(); }

extern "C" void mark_and_die(int signal, siginfo_t* info, void* context) {
    // First of all: what follows may find a stack on which it dies itself.
    if (link::Slot* slot = crash_slot; slot != nullptr) {
        std::uint32_t nothing = 0;
        slot->signal.compare_exchange_strong(nothing, static_cast<std::uint32_t>(signal), std::memory_order_release);
    }
    link::CrashStack* const stack = crash_stack.load(std::memory_order_acquire);
    if (stack != nullptr && !is_sent_by_others(info)) note_crash_stack(*stack, context);
    // SA_RESETHAND has restored the default; blocked now, this one arrives when the handler returns.
    ::raise(signal);
}

}  // namespace

void set_crash_slot(link::Slot* slot) { crash_slot = slot; }

const link::Slot* crash_slot_of_this_thread() { return crash_slot; }

void install_crash_marks(link::CrashStack& stack) {
    prepare_crash_stack(stack);
    crash_stack.store(&stack, std::memory_order_release);
    struct sigaction action {};
    action.sa_sigaction = mark_and_die;
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    for (const int signal : link::fatal_signals)
        ::sigaction(signal, &action, nullptr);
}

void forget_crash_stack() { crash_stack.store(nullptr, std::memory_order_release); }

SignalStack::SignalStack() : memory_(std::make_unique<char[]>(bytes)) {
    stack_t stack{};
    stack.ss_sp = memory_.get();
    stack.ss_size = bytes;
    ::sigaltstack(&stack, nullptr);
}

SignalStack::~SignalStack() {
    stack_t off{};
    off.ss_flags = SS_DISABLE;
    ::sigaltstack(&off, nullptr);
}

}  // namespace berth::host::worker
