// SPDX-License-Identifier: MIT
/// Marks the slot of a thread that crashes, so that the culprit can be told from the interrupted.
#pragma once

#include <memory>

#include "link/slot_table.hpp"

namespace berth::host::worker {

/// The slot that a fatal signal on this thread marks; null: none.
void set_crash_slot(link::Slot* slot);

/// That slot; for signal handlers.
[[nodiscard]] const link::Slot* crash_slot_of_this_thread();

/// Installs handlers of the fatal signals for the whole process. They write the signal's number into the
/// crashing thread's slot, note in `stack` [borrowed: until forget_crash_stack] where the first one was, and let the signal do its default
/// work. Process mode only.
void install_crash_marks(link::CrashStack& stack);

/// From now on no stack is noted: its place goes. The process may still crash, as late as in what it runs at its exit.
void forget_crash_stack();

/// A signal stack for this thread, so that an overflown stack can still be marked; given back when destroyed
/// on the same thread.
class SignalStack {
public:
    SignalStack();
    ~SignalStack();
    SignalStack(const SignalStack&) = delete;
    SignalStack& operator=(const SignalStack&) = delete;

private:
    static constexpr std::size_t bytes = 64u << 10;
    std::unique_ptr<char[]> memory_;
};

}  // namespace berth::host::worker
