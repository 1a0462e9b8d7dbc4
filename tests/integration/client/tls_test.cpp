// SPDX-License-Identifier: MIT
// Whom the client trusts, and what it shows of itself.
#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include <filesystem>

#include "integration/client/calls.hpp"
#include "integration/client/scripted_server.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace berth::test;
using testing::EndsWith;
using testing::HasSubstr;

void echo_once(Peer& peer, int) {
    peer.accept();
    peer.send(peer.frame());
    peer.close(1000);
    peer.part();
}

class ClientTls : public testing::Test {
protected:
    TempDir directory;
    Certificate certificate = make_certificate();
    berth_client_options options = default_client_options();
    std::string authority = file("authority.pem", certificate.authority_pem);

    ClientTls() { options.tls_ca_file = authority.c_str(); }

    std::string file(const char* name, const std::string& content) {
        write_file(directory / name, content);
        return directory / name;
    }
    /// "text hi", or why there is no connection.
    std::string greet(const std::string& url) {
        const Attempt attempt = connect_url(url, options);
        if (!attempt.connection)
            return "error " + std::to_string(attempt.error.status) + " " + attempt.error.text;
        EXPECT_EQ(write_text(attempt.connection, "hi"), BERTH_CLIENT_OK);
        const std::string heard = read(attempt.connection);
        EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
        return heard;
    }
    std::string not_accepted(const ScriptedServer& server, const std::string& why) {
        return "error " + std::to_string(BERTH_CLIENT_TLS) + " " + server.url() +
               ": the server's certificate is not accepted: " + why;
    }
};

TEST_F(ClientTls, connects_to_a_server_with_a_certificate_of_the_given_authority) {
    ScriptedServer server{echo_once, ScriptedServer::Tls{certificate}};

    EXPECT_EQ(greet(server.url()), "text hi");
    EXPECT_EQ(greet("wss://127.0.0.1:" + std::to_string(server.port()) + "/"), "text hi") << "by its address";
}

TEST_F(ClientTls, takes_host_and_port) {
    ScriptedServer server{echo_once, ScriptedServer::Tls{certificate}};
    berth_client_error error{};

    const Connection connection{
        berth_client_connect_tls("localhost", server.port(), "chat", &options, &error)};

    ASSERT_TRUE(connection) << error.text;
    write_text(connection, "hi");
    EXPECT_EQ(read(connection), "text hi");
}

TEST_F(ClientTls, opens_asynchronously) {
    ScriptedServer server{echo_once, ScriptedServer::Tls{certificate}};
    Recorder recorder{[](const std::string& line, berth_client_connection* connection) {
        if (line == "opening") berth_client_write_text(connection, "hi", 2, 0);
    }};
    const berth_client_events events = recorder.events();

    const Connection connection{
        berth_client_open_tls("localhost", server.port(), "/", &options, &events, nullptr)};

    ASSERT_TRUE(recorder.hears("closing 1000"));
    EXPECT_THAT(recorder.lines(), testing::ElementsAre("opening", "text hi", "closing 1000 "));
}

TEST_F(ClientTls, refuses_a_certificate_of_somebody_else_by_default) {
    ScriptedServer server{echo_once, ScriptedServer::Tls{make_certificate()}};
    EXPECT_THAT(greet(server.url()), HasSubstr(not_accepted(server, "")));

    options.tls_ca_file = nullptr;
    EXPECT_EQ(greet(server.url()), not_accepted(server, "unable to get local issuer certificate"))
        << "the system's store does not know it either";
}

TEST_F(ClientTls, finds_an_authority_in_the_systems_store_be_it_a_file_or_a_directory) {
    ScriptedServer server{echo_once, ScriptedServer::Tls{certificate}};
    options.tls_ca_file = nullptr;

    setenv("SSL_CERT_FILE", authority.c_str(), 1);
    EXPECT_EQ(greet(server.url()), "text hi");
    unsetenv("SSL_CERT_FILE");

    const std::filesystem::path store = directory / "store";
    std::filesystem::create_directory(store);
    std::filesystem::copy(authority, store / "authority.pem");
    ASSERT_EQ(run({"openssl", "rehash", store}).exit_code, 0);
    setenv("SSL_CERT_DIR", store.c_str(), 1);
    EXPECT_EQ(greet(server.url()), "text hi");
    unsetenv("SSL_CERT_DIR");
}

TEST_F(ClientTls, refuses_an_expired_certificate) {
    certificate = make_certificate({.from_s = -7200, .to_s = -3600});
    write_file(authority, certificate.authority_pem);
    ScriptedServer server{echo_once, ScriptedServer::Tls{certificate}};

    EXPECT_EQ(greet(server.url()), not_accepted(server, "certificate has expired"));
}

TEST_F(ClientTls, refuses_a_certificate_for_another_name) {
    certificate = make_certificate({.names = "DNS:example.org,IP:192.0.2.1"});
    write_file(authority, certificate.authority_pem);
    ScriptedServer server{echo_once, ScriptedServer::Tls{certificate}};

    EXPECT_EQ(greet(server.url()), not_accepted(server, "hostname mismatch"));
    EXPECT_THAT(greet("wss://127.0.0.1:" + std::to_string(server.port()) + "/"),
                EndsWith("IP address mismatch"));

    options.tls_server_name = "example.org";
    EXPECT_EQ(greet(server.url()), "text hi") << "the name to expect can be given";
    options.tls_server_name = nullptr;
    options.tls_verify_host = 0;
    EXPECT_EQ(greet(server.url()), "text hi") << "and the check of the name be left out";
}

TEST_F(ClientTls, verifies_nothing_when_told_so) {
    ScriptedServer server{echo_once,
                          ScriptedServer::Tls{make_certificate({.names = "DNS:example.org", .to_s = -60})}};
    options.tls_verify = 0;

    EXPECT_EQ(greet(server.url()), "text hi");
}

TEST_F(ClientTls, shows_its_own_certificate_to_those_who_ask) {
    const Certificate own = make_certificate({.usage = "clientAuth"});
    const std::string own_file = file("own.pem", own.certificate_pem),
                      key_file = file("own.key", own.key_pem);
    std::string name;
    ScriptedServer server{[&](Peer& peer, int before) {
                              name = peer.client_name();
                              echo_once(peer, before);
                          },
                          ScriptedServer::Tls{certificate, own.authority_pem}};
    options.tls_certificate_file = own_file.c_str();
    options.tls_key_file = key_file.c_str();

    EXPECT_EQ(greet(server.url()), "text hi");
    EXPECT_EQ(name, "localhost");

    options.tls_certificate_file = options.tls_key_file = nullptr;
    EXPECT_THAT(greet(server.url()), testing::StartsWith("error " + std::to_string(BERTH_CLIENT_TLS)));
}

TEST_F(ClientTls, keeps_to_the_minimum_version) {
    ScriptedServer server{echo_once, ScriptedServer::Tls{certificate, {}, TLS1_2_VERSION}};
    EXPECT_EQ(greet(server.url()), "text hi");

    options.tls_minimum = BERTH_CLIENT_TLS_1_3;
    EXPECT_THAT(greet(server.url()), HasSubstr(": TLS handshake: "));
}

TEST_F(ClientTls, says_which_file_cannot_be_used) {
    options.tls_ca_file = "no-such.pem";
    EXPECT_THAT(greet("wss://localhost:1/"), HasSubstr("options: tls_ca_file no-such.pem: "));

    options.tls_ca_file = authority.c_str();
    const std::string own = file("own.pem", certificate.certificate_pem);
    const std::string other_key = file("other.key", make_certificate().key_pem);
    options.tls_certificate_file = own.c_str();
    options.tls_key_file = other_key.c_str();
    EXPECT_THAT(greet("wss://localhost:1/"), HasSubstr("tls_key_file " + other_key + ": "));
}

TEST_F(ClientTls, asks_nobody_for_the_pass_phrase_of_an_encrypted_key) {
    const Certificate own = make_certificate({.usage = "clientAuth"});
    const std::string own_file = file("own.pem", own.certificate_pem),
                      key_file = file("own.key", own.key_pem), encrypted = directory / "encrypted.key";
    ASSERT_EQ(
        run({"openssl", "pkcs8", "-topk8", "-in", key_file, "-passout", "pass:secret", "-out", encrypted})
            .exit_code,
        0);
    options.tls_certificate_file = own_file.c_str();
    options.tls_key_file = encrypted.c_str();

    EXPECT_THAT(greet("wss://localhost:1/"),
                EndsWith("options: tls_key_file " + encrypted +
                         ": it is encrypted, and nobody is asked for a pass phrase; store it without one"));
}

TEST_F(ClientTls, does_not_blame_a_certificate_that_it_was_told_not_to_check) {
    const Certificate somebodys = make_certificate({.names = "DNS:example.org"});
    ScriptedServer server{[](Peer&, int) {},
                          ScriptedServer::Tls{somebodys, somebodys.authority_pem, TLS1_2_VERSION}};
    options.tls_verify = 0;

    EXPECT_THAT(greet(server.url()), HasSubstr(": TLS handshake: "))
        << "the server wants a certificate, and there is none";
}

TEST_F(ClientTls, does_not_speak_tls_to_a_plain_server_nor_the_other_way_round) {
    ScriptedServer plain{[](Peer& peer, int) { peer.offer("HTTP/1.1 400 Bad Request\r\n\r\n"); }};
    EXPECT_THAT(greet("wss://localhost:" + std::to_string(plain.port()) + "/"),
                testing::StartsWith("error "));

    ScriptedServer secure{[](Peer&, int) {}, ScriptedServer::Tls{certificate}};
    EXPECT_THAT(greet("ws://localhost:" + std::to_string(secure.port()) + "/"),
                testing::StartsWith("error "));
}

TEST_F(ClientTls, carries_large_messages_both_ways_at_once) {
    const std::string large(5 << 20, 'x');
    ScriptedServer server{[&](Peer& peer, int) {
                              peer.accept();
                              for (int i = 0; i < 3; ++i) peer.send(peer.frame());
                              peer.close(1000);
                              peer.part();
                          },
                          ScriptedServer::Tls{certificate}};
    const Attempt attempt = connect_url(server.url(), options);
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    for (int i = 0; i < 3; ++i) ASSERT_EQ(write_buffer(attempt.connection, large), BERTH_CLIENT_OK);

    for (int i = 0; i < 3; ++i) EXPECT_TRUE(read(attempt.connection) == "buffer " + large);
}

}  // namespace
