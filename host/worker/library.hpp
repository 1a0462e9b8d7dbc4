// SPDX-License-Identifier: MIT
/// Loads a library (the only file that knows Boost.DLL).
#pragma once

#include <berth/berth.h>

#include <filesystem>

#include "base/result.hpp"

namespace berth::host::worker {

/// The one export, without its promise not to throw: a project that breaks it must not end the host.
using EntryFunction = const berth_project*(BERTH_CALL*)();

/// Loads a library with all symbols bound and none shared, and answers its entry. It is never closed: code
/// of it may still run when the project is retired. Errors carry the linker's sentence, without the file's name.
Result<EntryFunction> load_library(const std::filesystem::path& path);

}  // namespace berth::host::worker
