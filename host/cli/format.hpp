// SPDX-License-Identifier: MIT
/// Figures as people read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace berth::host::cli {

/// The two largest units: "0 ms" "950 ms" "12 s" "3 min 20 s" "5 h 2 min" "3 d 4 h".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);
/// "0 B" "512 B" "1.5 KiB" "64 KiB" "1.2 GiB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
/// "1 client", "2 clients".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view noun);

}  // namespace berth::host::cli
