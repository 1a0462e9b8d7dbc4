// SPDX-License-Identifier: MIT
#include "config/token_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <string>
#include <system_error>

namespace berth::host::config {
namespace {

constexpr std::size_t token_bytes_min = 16;
constexpr std::size_t token_file_bytes_max = 1u << 20;
constexpr std::string_view hash_prefix = "sha256:";
constexpr std::string_view blanks = " \t\r";

bool is_alphanumeric(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_token_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_alphanumeric(c) || std::string_view("-._~+/=").find(c) != std::string_view::npos; });
}

bool is_hash(std::string_view text) {
    return text.size() == hash_prefix.size() + 64 &&
           std::all_of(text.begin() + static_cast<std::ptrdiff_t>(hash_prefix.size()), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    for (std::size_t at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
        const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
        words.emplace_back(line.substr(at, end - at));
        at = line.find_first_not_of(blanks, end);
    }
    return words;
}

/// What is wrong with one line's words; empty: nothing.
std::string problem_of(const std::vector<std::string>& words) {
    if (words.size() > 2) return "a line is TOKEN or USER TOKEN";
    const std::string& secret = words.back();
    if (secret.starts_with(hash_prefix))
        return is_hash(secret) ? "" : "after sha256: come 64 hexadecimal digits in lower case";
    if (secret.size() < token_bytes_min)
        return "the token is too short: at least " + std::to_string(token_bytes_min) + " characters, for instance of openssl rand -hex 32";
    if (!is_token_text(secret)) return "a token is made of A-Z a-z 0-9 - . _ ~ + / =";
    return "";
}

}  // namespace

Result<std::vector<Token>> parse_tokens(std::string_view text) {
    std::vector<Token> tokens;
    std::set<std::string> secrets;
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::vector<std::string> words = words_of(text.substr(at, end - at));
        at = end + 1;
        if (words.empty() || words.front().starts_with('#')) continue;
        std::string problem = problem_of(words);
        if (problem.empty() && !secrets.insert(words.back()).second) problem = "the same token stands in another line, too";
        if (!problem.empty()) return fail(Code::invalid, "line " + std::to_string(number + 1) + ": " + problem);
        tokens.push_back({.user = words.size() == 2 ? words.front() : "", .secret = words.back()});
    }
    if (tokens.empty()) return fail(Code::invalid, "there is no token in it, so nobody could connect: write one a line");
    return tokens;
}

Result<std::vector<Token>> read_tokens(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error) return fail(Code::not_found, "it can not be read: " + error.message());
    // Others have no end, or make their readers wait.
    if (!std::filesystem::is_regular_file(status)) return fail(Code::invalid, "it is not a file");
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail_errno("it can not be read", errno == 0 ? EIO : errno);
    std::string text(token_file_bytes_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > token_file_bytes_max) return fail(Code::invalid, "it has more than 1 MiB: that is no file with tokens");
    return parse_tokens(text);
}

}  // namespace berth::host::config
