// SPDX-License-Identifier: MIT
/// Buffers as the control protocol carries them (RFC 4648 §4).
#pragma once

#include <string>
#include <string_view>

namespace berth::host::cli {

[[nodiscard]] std::string to_base64(std::string_view bytes);

}  // namespace berth::host::cli
