// SPDX-License-Identifier: MIT
/// What the parts of a file say about the library: dynamic section, notes, section headers.
#pragma once

#include <optional>

#include "elf/layout.hpp"
#include "elf/library.hpp"

namespace berth::host::elf {

/// Fills the library from the dynamic section, as the dynamic loader would see it. A file without
/// one leaves everything empty; a contradiction comes back as a finding.
[[nodiscard]] std::optional<Finding> read_dynamic(const Layout& layout, Library& library);

/// Fills build id and ABI note from the note segments; what is not well-formed is passed over.
void read_notes(const Layout& layout, Library& library);

/// Fills debug data and the names of thread-local variables from the section headers, where there are any.
void read_sections(const Layout& layout, Library& library);

}  // namespace berth::host::elf
