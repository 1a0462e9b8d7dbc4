// SPDX-License-Identifier: MIT
#include "config/token_file.hpp"

#include <sys/stat.h>

#include <tuple>

#include "config/check.hpp"
#include "config/effective.hpp"
#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

constexpr const char* token = "0123456789abcdef";
const std::string hash = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

std::string problem(std::string_view text) {
    const auto tokens = parse_tokens(text);
    return tokens ? "" : tokens.error().message;
}

TEST(TokenFile, has_a_token_a_line_with_or_without_its_user_and_comments) {
    const auto tokens = parse_tokens("# made with openssl rand -hex 32\n\n  ana\t0123456789abcdef  \r\nshared-secret-of-all\nben " + hash);

    ASSERT_TRUE(tokens);
    EXPECT_EQ(*tokens, (std::vector<Token>{{"ana", token}, {"", "shared-secret-of-all"}, {"ben", hash}}));
}

TEST(TokenFile, names_the_line_that_is_wrong_and_never_the_token) {
    EXPECT_EQ(problem(""), "there is no token in it, so nobody could connect: write one a line");
    EXPECT_EQ(problem("# only this\n"), "there is no token in it, so nobody could connect: write one a line");
    EXPECT_EQ(problem("a b c\n"), "line 1: a line is TOKEN or USER TOKEN");
    EXPECT_EQ(problem("\nana short\n"),
              "line 2: the token is too short: at least 16 characters, for instance of openssl rand -hex 32");
    EXPECT_EQ(problem("ana 0123456789abcde\"\n"), "line 1: a token is made of A-Z a-z 0-9 - . _ ~ + / =");
    EXPECT_EQ(problem("ana sha256:12\n"), "line 1: after sha256: come 64 hexadecimal digits in lower case");
    EXPECT_EQ(problem("ana 0123456789abcdef\nben 0123456789abcdef\n"), "line 2: the same token stands in another line, too");
}

TEST(TokenFile, is_read_with_the_configuration_and_refused_at_its_key) {
    Directory directory;
    std::ignore = directory.write("tokens", "ana 0123456789abcdef\n");
    const auto file = directory.write("berth.toml", "[project.chat]\ntokens = 'tokens'\n[project.shop]\n");

    const auto right = load(file);
    ASSERT_TRUE(right);
    EXPECT_EQ(right->config.project("chat").tokens.tokens, (std::vector<Token>{{"ana", token}}));
    EXPECT_TRUE(right->config.project("shop").tokens.file.empty());
    EXPECT_EQ(effective_toml(*right).find(token), std::string::npos) << "no secret is shown";

    std::ignore = directory.write("tokens", "x\n");
    const auto wrong = load(file);
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().text().find("berth.toml:2:10: project.chat.tokens: "), std::string::npos) << wrong.error().text();
    EXPECT_NE(wrong.error().text().find("tokens: line 1: the token is too short"), std::string::npos);
    std::filesystem::remove(directory.path() / "tokens");
    EXPECT_NE(load(file).error().text().find("it can not be read: No such file or directory"), std::string::npos);
}

TEST(TokenFile, is_a_file_and_nothing_without_an_end) {
    EXPECT_EQ(read_tokens("/dev/zero").error().message, "it is not a file");
    EXPECT_EQ(read_tokens("/").error().message, "it is not a file");
    Directory directory;
    EXPECT_EQ(read_tokens(directory.write("large", std::string(2u << 20, 'x'))).error().message,
              "it has more than 1 MiB: that is no file with tokens");
}

TEST(TokenFile, that_others_can_read_is_refused) {
    Directory directory;
    const auto tokens = directory.write("tokens", "ana 0123456789abcdef\n");
    const auto file = directory.write("berth.toml", "[project.chat]\ntokens = 'tokens'\n");
    const auto told = [&] {
        const auto findings = check(*load(file));
        return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
            return finding.diagnostic.text().find("project.chat.tokens: ") != std::string::npos &&
                   finding.diagnostic.text().find("can be used by others than its owner: chmod 600") != std::string::npos;
        });
    };
    ::chmod(tokens.c_str(), 0644);
    EXPECT_TRUE(told());
    ::chmod(tokens.c_str(), 0600);
    EXPECT_FALSE(told());
}

}  // namespace
}  // namespace berth::host::config
