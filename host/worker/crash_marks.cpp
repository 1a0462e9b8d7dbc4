// SPDX-License-Identifier: MIT
#include "worker/crash_marks.hpp"

#include <csignal>

#include "link/fatal_signals.hpp"

namespace berth::host::worker {
namespace {

thread_local link::Slot* crash_slot = nullptr;

extern "C" void mark_and_die(int signal, siginfo_t*, void*) {
    if (link::Slot* slot = crash_slot; slot != nullptr)
        slot->signal.store(static_cast<std::uint32_t>(signal), std::memory_order_release);
    // SA_RESETHAND has restored the default; blocked now, this one arrives when the handler returns.
    ::raise(signal);
}

}  // namespace

void set_crash_slot(link::Slot* slot) { crash_slot = slot; }

const link::Slot* crash_slot_of_this_thread() { return crash_slot; }

void install_crash_marks() {
    struct sigaction action {};
    action.sa_sigaction = mark_and_die;
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    for (const int signal : link::fatal_signals)
        ::sigaction(signal, &action, nullptr);
}

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
