// SPDX-License-Identifier: MIT
/// text:hi int:5 real:1.5 bool:true buffer:@file client:ID: the parameters of `execute`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.hpp"
#include "cli/terminal.hpp"

namespace berth::host::cli {

/// One argument as the control protocol has it. `buffer:@FILE` reads the file, `buffer:@-` standard input.
/// The sentence of an error names the argument and shows how to write it.
[[nodiscard]] Result<nlohmann::json> parse_typed_argument(const std::string& text, Terminal& terminal);

}  // namespace berth::host::cli
