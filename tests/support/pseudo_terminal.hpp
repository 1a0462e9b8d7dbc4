// SPDX-License-Identifier: MIT
/// A program on a terminal of its own, typed to and looked at.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/deadline.hpp"
#include "support/process.hpp"

namespace berth::test {

/// The program's three streams are the terminal, whose echo is on as a person's is. Not for several threads.
class PseudoTerminal {
public:
    struct Size {
        unsigned short columns = 80;
        unsigned short lines = 24;
    };

    /// Starts the program (looked up in PATH) with the environment of the test and `more`. Throws std::runtime_error.
    PseudoTerminal(const std::vector<std::string>& command, const Environment& more, Size size);
    PseudoTerminal(const std::vector<std::string>& command, const Environment& more = {})
        : PseudoTerminal(command, more, Size{}) {}
    /// Ends it, however.
    ~PseudoTerminal();
    PseudoTerminal(const PseudoTerminal&) = delete;
    PseudoTerminal& operator=(const PseudoTerminal&) = delete;

    void types(std::string_view text) const;
    /// As if its window were drawn larger or smaller.
    void resize(Size size) const;
    /// Receives until that text stands among what came since the last success; false at the deadline or the end.
    bool shows(std::string_view text, Deadline deadline = Deadline::usual());
    /// Waits for the end and answers its exit code, 128 + n for signal n; nothing when the deadline passed first.
    std::optional<int> ends(Deadline deadline = Deadline::usual());
    /// Everything that came, control sequences and all.
    [[nodiscard]] const std::string& seen() const { return seen_; }

private:
    bool receive(Deadline deadline);

    int fd_ = -1;
    pid_t pid_ = -1;
    std::string seen_;
    std::size_t looked_at_ = 0;
};

}  // namespace berth::test
