// SPDX-License-Identifier: MIT
/// A stack in words, by the functions that files name.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace berth::host::elf {

/// Which file an address of a process lies in, and where.
struct Place {
    std::string file;
    std::uint64_t base = 0;         ///< where it was loaded
    std::string exported{};         ///< the nearest name that the dynamic loader knows; empty: none
    std::uint64_t exported_at = 0;
    bool is_trusted = true;         ///< false: the file is named and not opened
};

/// "spin+0x1c (chat.so) < message+0x40 (chat.so)" of the addresses of calls, innermost first: functions by the files' own
/// symbols, those that a library keeps to itself too unless it was stripped. Ends where the code of the program that was
/// loaded at `host` begins, which called the project. [any thread]
[[nodiscard]] std::string stack_text(const std::vector<std::uint64_t>& addresses,
                                     const std::function<std::optional<Place>(std::uint64_t)>& place_of, std::uint64_t host);

}  // namespace berth::host::elf
