// SPDX-License-Identifier: MIT
// Certificates by name: a list of pairs.
#include "config/effective.hpp"
#include "loading.hpp"

namespace berth::host::config {
namespace {

const std::string listener = "[[listen]]\naddress = '127.0.0.1:1'\n";

TEST(CertificatesByName, are_read_in_order_from_either_form_of_a_list) {
    const auto inlined = loaded(listener +
                                "tls = { certificate = '/c', key = '/k', by_name = [{ certificate = '/a.pem', key = '/a.key' }, "
                                "{ key = '/b.key', certificate = '/b.pem' }] }\n");
    const auto tables = loaded(listener +
                               "tls.certificate = '/c'\ntls.key = '/k'\n[[listen.tls.by_name]]\ncertificate = '/a.pem'\nkey = '/a.key'\n"
                               "[[listen.tls.by_name]]\ncertificate = '/b.pem'\nkey = '/b.key'\n");
    const std::vector<CertificateFiles> wanted{{"/a.pem", "/a.key"}, {"/b.pem", "/b.key"}};
    EXPECT_EQ(inlined.config.listen.at(0).tls->by_name, wanted);
    EXPECT_EQ(tables.config.listen.at(0).tls->by_name, wanted);
}

TEST(CertificatesByName, are_shown_as_they_can_be_read_again) {
    const auto before = loaded(listener + "tls = { certificate = '/c', key = '/k', by_name = [{ certificate = '/a.pem', key = '/a.key' }] }\n");
    const std::string shown = effective_toml(before);
    EXPECT_NE(shown.find("by_name = [{ certificate = \"/a.pem\", key = \"/a.key\" }]"), std::string::npos) << shown;
    EXPECT_EQ(loaded(shown).config.listen.at(0).tls->by_name, before.config.listen.at(0).tls->by_name);
    EXPECT_NE(effective_json(before).find("\"certificate\": \"/a.pem\""), std::string::npos);
}

TEST(CertificatesByName, come_from_an_override_too) {
    const auto set = loaded(listener + "tls = { certificate = '/c', key = '/k' }\n",
                            {.environment = {}, .command_line = {{"listen.0.tls.by_name", "[{ certificate = \"/a.pem\", key = \"/a.key\" }]"}}});
    EXPECT_EQ(set.config.listen.at(0).tls->by_name.size(), 1u);
}

TEST(CertificatesByName, that_are_wrong_get_a_sentence_with_the_place) {
    const auto with = [](const std::string& by_name) {
        return refusal(listener + "[listen.tls]\ncertificate = '/c'\nkey = '/k'\nby_name = " + by_name + "\n");
    };
    EXPECT_EQ(with("'/a.pem'"),
              "berth.toml:6:11: listen.0.tls.by_name: a text stands here, but a list of tables such as "
              "[{ certificate = \"FILE\", key = \"FILE\" }] is expected\n");
    EXPECT_EQ(with("[{ certificate = '/a.pem' }]"),
              "berth.toml:6:12: listen.0.tls.by_name.0: a pair needs both: certificate = \"FILE\" and key = \"FILE\"\n");
    EXPECT_EQ(with("[{ certificate = '/a.pem', kay = '/a.key' }]"),
              "berth.toml:6:38: listen.0.tls.by_name.0.kay: \"kay\" is unknown here: certificate and key are expected\n");
}

}  // namespace
}  // namespace berth::host::config
