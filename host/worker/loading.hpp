// SPDX-License-Identifier: MIT
/// From a file to a loaded project.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"
#include "worker/executor.hpp"
#include "worker/manifest.hpp"
#include "worker/worker.hpp"

namespace berth::host::worker {

struct Runtime;

/// Loads the library, runs its entry and reads its table; calls no hook. Sentences begin with
/// "project NAME: FILE: ".
Result<Manifest> read_project(const std::filesystem::path& library, std::string_view project);

/// Reads the project and calls its `load`. [the global service's executor]
Result<Description> load_project(Runtime& runtime, Executor& executor);

/// What a manifest says, for people.
Description description_of(const Manifest& manifest);

}  // namespace berth::host::worker
