// SPDX-License-Identifier: MIT
/// `berth __probe FILE`: loads a library in a process of its own and says what it is.
#pragma once

#include <filesystem>
#include <string>

namespace berth::host::roles {

/// Loads the library, runs its entry and checks its table; calls no hook. Prints the manifest as one line of
/// JSON on standard output and answers 0, or the sentence on standard error and 1. Name and "project NAME:"
/// come from the file's stem, or from `name` when it is not empty.
int run_probe(const std::filesystem::path& library, const std::string& name = {});

/// The same in a process of its own, which is confined for good before it loads anything.
int run_probe_process(const std::filesystem::path& library, const std::string& name = {});

}  // namespace berth::host::roles
