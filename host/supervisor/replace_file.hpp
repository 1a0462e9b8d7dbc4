// SPDX-License-Identifier: MIT
/// Files that are replaced as a whole.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace berth::host::supervisor {

/// On the disk is the old content or the new one, whatever happens; the new one when this returns. The error names the file.
Result<void> replace_file(const std::filesystem::path& file, const std::string& text);

}  // namespace berth::host::supervisor
