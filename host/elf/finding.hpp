// SPDX-License-Identifier: MIT
/// One thing found in a library file: stable id, sentence and remedy.
#pragma once

#include <string>
#include <string_view>

namespace berth::host::elf {

struct Finding {
    /// error: the host refuses it. warning: it can be better. note: good to know.
    enum class Severity { error, warning, note };
    std::string id;  ///< stable, for tests and JSON: "not-elf", "wrong-machine"
    Severity severity = Severity::error;
    std::string sentence;  ///< what is said of the file, without its name and a full stop: "is cut off: ..."
    std::string remedy;    ///< what next

    /// "SENTENCE; REMEDY".
    [[nodiscard]] std::string text() const { return sentence + "; " + remedy; }
};

/// "error", "warning", "note".
[[nodiscard]] constexpr std::string_view name_of(Finding::Severity severity) {
    return severity == Finding::Severity::error     ? "error"
           : severity == Finding::Severity::warning ? "warning"
                                                    : "note";
}

}  // namespace berth::host::elf
