// SPDX-License-Identifier: MIT
#include "gateway/bearer.hpp"

#include <gtest/gtest.h>

namespace berth::host::gateway {
namespace {

constexpr std::string_view anas = "anas-token-0123456789", shared = "shared-secret-0123456789";

ProjectRules with_tokens() {
    ProjectRules rules;
    rules.wants_token = true;
    rules.tokens = {{"ana", tls::digest_of(anas)}, {"", tls::digest_of(shared)}};
    return rules;
}

/// Status of the refusal; 0: let in.
int status_of(const Bearer& bearer) { return bearer.refusal ? bearer.refusal->status : 0; }

Bearer with_header(const std::string& value) { return check_bearer(with_tokens(), {{"Authorization", value}}, {}); }

}  // namespace

TEST(BearerToken, in_the_header_or_as_a_sub_protocol_names_its_user) {
    EXPECT_EQ(with_header("Bearer " + std::string(anas)).user, "ana");
    EXPECT_EQ(with_header("bearer   " + std::string(anas)).user, "ana");
    EXPECT_EQ(check_bearer(with_tokens(), {}, {"chat.v1", "bearer.anas-token-0123456789"}).user, "ana");
    const Bearer nobody = with_header("Bearer " + std::string(shared));
    EXPECT_EQ(status_of(nobody), 0);
    EXPECT_EQ(nobody.user, "");
}

TEST(BearerToken, that_is_missing_wrong_or_not_alone_is_refused_with_401_and_never_repeated) {
    const std::string token(anas);
    for (const std::string& value : std::vector<std::string>{"", token, "Bearer", "Bearer ", "Bearer  x", "Basic " + token, "Bearer " + token + "x",
                                     "Bearer " + token.substr(1), "Bearer " + token + " " + token, "Bearer x " + token}) {
        const Bearer bearer = with_header(value);
        EXPECT_EQ(status_of(bearer), 401) << value;
        EXPECT_EQ(bearer.refusal->rule, "token");
        EXPECT_EQ(bearer.refusal->sentence.find(token), std::string::npos);
        EXPECT_EQ(bearer.user, "");
    }
    EXPECT_EQ(status_of(check_bearer(with_tokens(), {}, {})), 401);
    EXPECT_EQ(status_of(check_bearer(with_tokens(), {}, {"bearer."})), 401);
    EXPECT_EQ(status_of(check_bearer(with_tokens(), {}, {"bearer", "chat.v1"})), 401);
    // Two, even where both are right: an intermediary must not be able to mean another one than we do.
    EXPECT_EQ(status_of(check_bearer(with_tokens(), {{"authorization", "Bearer " + token}}, {"bearer.shared-secret-0123456789"})), 401);
    EXPECT_EQ(status_of(check_bearer(with_tokens(), {{"authorization", "Bearer " + token}, {"authorization", "Bearer " + token}}, {})), 401);
}

TEST(BearerToken, of_a_project_without_any_lets_nobody_in) {
    ProjectRules rules;
    rules.wants_token = true;

    EXPECT_EQ(status_of(check_bearer(rules, {{"authorization", "Bearer "}}, {})), 401);
    EXPECT_EQ(status_of(check_bearer(rules, {{"authorization", "Bearer x"}}, {})), 401);
}

}  // namespace berth::host::gateway
