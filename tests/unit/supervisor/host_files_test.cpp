// SPDX-License-Identifier: MIT
#include "supervisor/host_files.hpp"

#include <gmock/gmock.h>

#include "support/certificate.hpp"
#include "support/temp_dir.hpp"

namespace berth::host::supervisor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CertificateFiles : public ::testing::Test {
protected:
    void show(const std::string& name, const test::CertificateFacts& facts) {
        const test::Certificate made = test::make_certificate(facts);
        test::write_file(directory_ / (name + ".pem"), made.certificate_pem);
        test::write_file(directory_ / (name + ".key"), made.key_pem);
    }
    /// A pair's two keys.
    std::string pair(const std::string& name) const {
        return "certificate = '" + (directory_ / (name + ".pem")).string() + "', key = '" + (directory_ / (name + ".key")).string() + "'";
    }
    /// With a listener that shows "own" and "site", and what follows.
    config::Loaded load(const std::string& more) const {
        auto loaded = config::load_text("[[listen]]\naddress = '127.0.0.1:7681'\ntls = { " + pair("own") + ", by_name = [{ " + pair("site") +
                                            " }] }\n" + more,
                                        "berth.toml");
        if (!loaded) throw std::runtime_error(loaded.error().error().message);
        return std::move(*loaded);
    }
    static std::vector<std::string> texts(const std::vector<config::Diagnostic>& all) {
        std::vector<std::string> texts;
        for (const config::Diagnostic& each : all) texts.push_back(each.text());
        return texts;
    }

private:
    test::TempDir directory_;
};

constexpr const char* remedy = ", so that clients who ask for it refuse the host: have one made for it, or take it out";

TEST_F(CertificateFiles, are_warned_of_where_none_names_a_host_that_a_project_is_for) {
    show("own", {.names = "DNS:chat.example.org"});
    show("site", {.names = "DNS:*.example.net"});
    const std::string hosts =
        "[defaults]\nhosts = ['chat.example.org', '127.0.0.1']\n"
        "[project.a]\nhosts = ['www.example.net', 'example.net']\n"
        "[project.b]\norigins = ['*']\n";

    EXPECT_THAT(texts(unnamed_hosts(load(hosts))),
                ElementsAre("berth.toml:7:9: project.a.hosts: no certificate of a listener names example.net" + std::string(remedy)));
    show("own", {.names = "DNS:localhost"});
    EXPECT_THAT(texts(unnamed_hosts(load("[defaults]\nhosts = ['chat.example.org']\n"))),
                ElementsAre("berth.toml:5:9: defaults.hosts: no certificate of a listener names chat.example.org" + std::string(remedy)))
        << "the one in its place has lost a name";
    EXPECT_THAT(unnamed_hosts(load(hosts + "[[listen]]\naddress = '127.0.0.1:7682'\n")), IsEmpty()) << "a proxy may have one for it";
}

TEST_F(CertificateFiles, are_refused_where_no_client_could_shake_hands_with_one) {
    show("own", {});
    show("site", {.names = "DNS:example.net", .usage = "clientAuth"});

    const auto wrong = check_tls_files(load(""));

    ASSERT_EQ(wrong.size(), 1u);
    EXPECT_EQ(wrong.front().key, "listen.0.tls.by_name.0.certificate");
    EXPECT_THAT(wrong.front().message, ::testing::HasSubstr("site.pem: a client that speaks TLS 1.2 can't shake hands with it"));
}

}  // namespace
}  // namespace berth::host::supervisor
