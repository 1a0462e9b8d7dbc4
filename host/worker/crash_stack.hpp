// SPDX-License-Identifier: MIT
/// Where a thread is that crashes, noted by itself.
#pragma once

#include <sys/types.h>

#include "link/crash_stack.hpp"

namespace berth::host::worker {

/// What `note_crash_stack` must not find out first: where the program lies, and what the library for stacks loads at its first
/// use.
void prepare_crash_stack(link::CrashStack& stack);

/// The files of this process and the addresses of the calls that this thread was in when the signal came whose `context` a
/// handler got. Nothing if another thread was first. On a damaged stack the addresses may be few, or the process ends here by
/// the next fault; one that takes longer than two seconds is ended by SIGALRM. [async-signal-safe; a thread that will not live on]
void note_crash_stack(link::CrashStack& stack, const void* context);

}  // namespace berth::host::worker
