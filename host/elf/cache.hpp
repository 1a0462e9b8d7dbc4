// SPDX-License-Identifier: MIT
/// The dynamic loader's table of installed libraries, /etc/ld.so.cache.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace berth::host::elf {

/// Files by the name under which libraries are needed, in the order of the table: those that suit a newer processor
/// come first. Whether one is for this machine is for the caller to see. Any bytes are read safely; what is not the
/// table of glibc 2.32 and later (or of an earlier one that has both forms) is empty.
using LoaderCache = std::map<std::string, std::vector<std::filesystem::path>, std::less<>>;

[[nodiscard]] LoaderCache read_loader_cache(std::span<const std::byte> bytes);

}  // namespace berth::host::elf
