// SPDX-License-Identifier: MIT
/// The stack that a process noted when it crashed, in words.
#pragma once

#include <filesystem>
#include <string>

#include "link/crash_stack.hpp"

namespace berth::host::supervisor {

/// Functions of `library`, which the process ran, of this program and of the system's libraries by name, whatever else by its
/// file. Empty when nothing was noted. The process that wrote it may have been hostile: no other file is opened for what it
/// says. Reads files. [when the process has ended]
[[nodiscard]] std::string text_of(const link::CrashStack& stack, const std::filesystem::path& library);

}  // namespace berth::host::supervisor
