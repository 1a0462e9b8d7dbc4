// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "support/certificate.hpp"
#include "tls/server_context.hpp"

namespace berth::host::tls {
namespace {

CertificatePair pair(const char* names) {
    const auto made = test::make_certificate({.names = names});
    return {made.certificate_pem, made.key_pem};
}

TlsSettings settings(std::initializer_list<const char*> by_name) {
    const auto own = pair("DNS:own.example");
    TlsSettings all{own.certificate_pem, own.key_pem, "1.2", {}};
    for (const char* const names : by_name) all.by_name.push_back(pair(names));
    return all;
}

TEST(CertificateNames, are_the_dns_names_in_lower_case) {
    const auto names = certificate_names(pair("DNS:Chat.Example.org,IP:127.0.0.1,DNS:*.example.com").certificate_pem);
    ASSERT_TRUE(names);
    EXPECT_EQ(*names, (std::vector<std::string>{"chat.example.org", "*.example.com"}));
    EXPECT_FALSE(certificate_names("hello"));
}

TEST(NamedContexts, are_found_by_their_names_exact_ones_first_and_wildcards_for_one_label) {
    const auto made = NamedContexts::make(settings({"DNS:*.example.org", "DNS:chat.example.org,DNS:localhost", "DNS:chat.example.org"}));
    ASSERT_TRUE(made) << made.error().message;
    SSL_CTX* const wild = made->all()[0].get();
    SSL_CTX* const exact = made->all()[1].get();
    EXPECT_EQ(made->find("chat.example.org"), exact);
    EXPECT_EQ(made->find("chat.EXAMPLE.org."), exact) << "a dot at the end is the root";
    EXPECT_EQ(made->find("localhost"), exact);
    EXPECT_EQ(made->find("a.example.org"), wild);
    for (const char* const name : {"example.org", "a.b.example.org", ".example.org", "own.example", "", ".", "org"}) {
        EXPECT_EQ(made->find(name), nullptr) << name;
    }
}

TEST(NamedContexts, say_which_pair_is_wrong) {
    auto wrong = settings({"DNS:a.example", "DNS:b.example"});
    wrong.by_name[1].key_pem = wrong.by_name[0].key_pem;
    EXPECT_EQ(NamedContexts::make(wrong).error().message,
              "number 2 by name: key: it doesn't belong to the certificate; give the key that the certificate was made for");
    EXPECT_EQ(check_tls(wrong).error().message, NamedContexts::make(wrong).error().message);
}

TEST(CheckTlsByName, refuses_a_certificate_that_names_no_host) {
    EXPECT_TRUE(check_tls_by_name(pair("DNS:a.example"), "1.2"));
    const auto refused = check_tls_by_name(pair("IP:127.0.0.1"), "1.2");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "certificate: it names no host (no DNS name among its subject alternative names), so that nobody could ask for it; "
              "make it the listener's own, or leave it out");
}

}  // namespace
}  // namespace berth::host::tls
