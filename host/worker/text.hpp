// SPDX-License-Identifier: MIT
/// Text that comes from a project, made fit for sentences and logs.
#pragma once

#include <berth/berth.h>

#include <string>
#include <string_view>

namespace berth::host::worker {

inline std::string_view view(berth_str s) { return s.data == nullptr ? std::string_view{} : std::string_view{s.data, s.size}; }
inline berth_str str(std::string_view s) { return {s.data(), s.size()}; }

/// A size without data is nothing that anybody could mean.
inline bool has_data(berth_str s) { return s.size == 0 || s.data != nullptr; }

/// At most `bytes_max` bytes of it as valid UTF-8: every byte that is none becomes '?'.
std::string readable(std::string_view text, std::size_t bytes_max);

/// In quotes, at most 80 bytes, control characters as \xNN.
std::string in_quotes(std::string_view text);

}  // namespace berth::host::worker
