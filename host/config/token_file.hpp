// SPDX-License-Identifier: MIT
/// A file with bearer tokens, one a line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::host::config {

/// A bearer token that a project accepts, as its file has it.
struct Token {
    std::string user{};    ///< empty: whoever has it
    std::string secret{};  ///< the token, or "sha256:" and its hash
    bool operator==(const Token&) const = default;
};

/// A file with tokens and what it had in it when the configuration was read.
struct TokenFile {
    std::filesystem::path file{};  ///< empty: no token is wanted
    std::vector<Token> tokens{};
    bool operator==(const TokenFile&) const = default;
};

/// "TOKEN", or "USER TOKEN"; instead of the token itself its hash may stand there, "sha256:" and 64 hexadecimal digits.
/// Empty lines and those that begin with # are nothing. A token has at least 16 characters of A-Z a-z 0-9 - . _ ~ + / =
/// (RFC 6750 §2.1). The sentence of an error names the line, and never the token.
[[nodiscard]] Result<std::vector<Token>> parse_tokens(std::string_view text);

/// Of a file; its name is not in the sentence.
[[nodiscard]] Result<std::vector<Token>> read_tokens(const std::filesystem::path& file);

}  // namespace berth::host::config
