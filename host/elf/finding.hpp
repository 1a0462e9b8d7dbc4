// SPDX-License-Identifier: MIT
/// One thing found in a library file: stable id, sentence and remedy.
#pragma once

#include <string>

namespace berth::host::elf {

struct Finding {
    enum class Severity { refuse, warn };
    std::string id;  ///< stable, for tests and JSON: "not-elf", "wrong-machine"
    Severity severity = Severity::refuse;
    std::string sentence;  ///< what is said of the file, without its name and a full stop: "is cut off: ..."
    std::string remedy;    ///< what next

    /// "SENTENCE; REMEDY".
    [[nodiscard]] std::string text() const { return sentence + "; " + remedy; }
};

}  // namespace berth::host::elf
