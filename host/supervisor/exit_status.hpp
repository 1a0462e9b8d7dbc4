// SPDX-License-Identifier: MIT
/// How a process ended, in words.
#pragma once

#include <string>

namespace berth::host::supervisor {

struct ExitStatus {
    int code = 0;             ///< exit code, when `signal` is 0
    int signal = 0;           ///< the signal that ended it, or 0
    bool core_dumped = false;
    std::string reason{};       ///< why the supervisor ended it, or why it could not be reached; may be empty

    [[nodiscard]] bool is_clean() const { return code == 0 && signal == 0; }
};

/// "ended by SIGSEGV (segmentation fault)", "exited with code 3",
/// "did not answer for 5 s, ended by
/// SIGABRT (aborted)".
[[nodiscard]] std::string in_words(const ExitStatus& status);

}  // namespace berth::host::supervisor
