// SPDX-License-Identifier: MIT
/// Which values of the Host header are answered: the defence against DNS rebinding.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::host::pages {

/// A name that resolves here only because somebody else's DNS says so is refused: literal addresses,
/// localhost and the configured names are answered, ports do not matter. The value is that of the header,
/// untouched.
[[nodiscard]] bool is_known_host(std::string_view value, const std::vector<std::string>& configured);

}  // namespace berth::host::pages
