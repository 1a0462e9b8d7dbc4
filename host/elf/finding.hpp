// SPDX-License-Identifier: MIT
/// One thing found in a library file: stable id, sentence and remedy.
#pragma once

#include <string>

namespace berth::host::elf {

struct Finding {
    enum class Severity { refuse, warn };
    std::string id;  ///< stable, for tests and JSON: "not-elf", "wrong-machine"
    Severity severity = Severity::refuse;
    std::string sentence;  ///< lower case, no full stop, without the file's name
    std::string remedy;    ///< what next; may be empty

    /// "SENTENCE; REMEDY".
    [[nodiscard]] std::string text() const { return remedy.empty() ? sentence : sentence + "; " + remedy; }
};

}  // namespace berth::host::elf
