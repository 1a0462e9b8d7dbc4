// SPDX-License-Identifier: MIT
#include "supervisor/exit_status.hpp"

#include <csignal>
#include <cstring>

namespace berth::host::supervisor {
namespace {

std::string signal_in_words(int signal) {
    const char* name = ::sigabbrev_np(signal);
    const char* text = ::sigdescr_np(signal);
    std::string words = name ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
    if (text) {
        std::string meaning = text;
        // glibc capitalises; this stands inside a sentence.
        if (!meaning.empty() && meaning[0] >= 'A' && meaning[0] <= 'Z') meaning[0] = static_cast<char>(meaning[0] + 32);
        words += " (" + meaning + ")";
    }
    return words;
}

}  // namespace

std::string in_words(const ExitStatus& status) {
    std::string words = status.reason.empty() ? "" : status.reason + ", ";
    if (status.signal != 0) {
        words += "ended by " + signal_in_words(status.signal);
        if (status.core_dumped) words += ", core dumped";
    } else {
        words += "exited with code " + std::to_string(status.code);
    }
    return words;
}

}  // namespace berth::host::supervisor
