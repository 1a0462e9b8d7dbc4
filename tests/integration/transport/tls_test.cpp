// SPDX-License-Identifier: MIT
/// What a TLS listener agrees to, and how it changes.
#include <gtest/gtest.h>

#include <array>

#include "integration/transport/server.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using berth::host::transport::ListenerSettings;
using berth::host::transport::TlsFacts;

void expect_echo(Peer& peer) {
    EXPECT_TRUE(peer.send("hello"));
    EXPECT_EQ(peer.receive(5), "hello");
}

TlsFacts facts_of_newest(Server& server) {
    TlsFacts facts;
    server.on_loop([&](auto&) { facts = server.newest()->tls_facts(); });
    return facts;
}

TEST(TransportTls, a_browser_that_offers_http_2_gets_http_1_1) {
    Server server({.listeners = one_listener(true)});
    Peer peer(server.port());
    ASSERT_TRUE(peer.start_tls({.alpn = {"h2", "http/1.1"}}));
    ASSERT_TRUE(peer.send("echo\n"));

    EXPECT_EQ(peer.receive(3), "ok\n");

    const unsigned char* chosen = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(peer.ssl(), &chosen, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
    EXPECT_EQ(facts_of_newest(server).alpn, "http/1.1");
}

TEST(TransportTls, a_client_that_offers_only_http_2_gets_no_protocol_and_is_served) {
    Server server({.listeners = one_listener(true)});
    Peer peer(server.port());
    ASSERT_TRUE(peer.start_tls({.alpn = {"h2"}}));
    ASSERT_TRUE(peer.send("echo\n"));

    EXPECT_EQ(peer.receive(3), "ok\n");
    EXPECT_EQ(facts_of_newest(server).alpn, "");
}

TEST(TransportTls, tells_version_cipher_and_name) {
    Server server({.listeners = one_listener(true)});
    Peer peer(server.port());
    ASSERT_TRUE(peer.start_tls({.maximum = TLS1_2_VERSION, .server_name = "berth.example"}));
    ASSERT_TRUE(peer.send("echo\n"));
    ASSERT_EQ(peer.receive(3), "ok\n");

    const TlsFacts facts = facts_of_newest(server);

    EXPECT_EQ(facts.version, "TLSv1.2");
    EXPECT_NE(facts.cipher.find("ECDHE"), std::string::npos) << facts.cipher;
    EXPECT_NE(facts.cipher.find("GCM"), std::string::npos) << facts.cipher;
    EXPECT_EQ(facts.server_name, "berth.example");
    EXPECT_EQ(facts.client_subject, "");
}

TEST(TransportTls, refuses_old_versions_and_what_the_listener_forbids) {
    ListenerSettings strict{tls_for()};
    strict.tls->minimum = "1.3";
    Server server({.listeners = {one_listener(true)[0], strict}});

    Peer old(server.port(0));
    EXPECT_FALSE(old.start_tls({.minimum = TLS1_VERSION, .maximum = TLS1_1_VERSION}));
    Peer not_enough(server.port(1));
    EXPECT_FALSE(not_enough.start_tls({.maximum = TLS1_2_VERSION}));
    Peer enough(server.port(1));
    EXPECT_TRUE(enough.start_tls());
    EXPECT_TRUE(server.has_closed(CloseReason::tls_failure, 2));
}

TEST(TransportTls, every_listener_shows_its_own_certificate_whatever_name_the_client_sends) {
    // The library alone looks for a listener whose name begins like the one that was sent.
    Server server({.listeners = {ListenerSettings{tls_for("first")}, ListenerSettings{tls_for("second")}}});
    for (const std::string name : {"", "first", "second", "listener 0", "l", "unknown.example"}) {
        Peer first(server.port(0));
        ASSERT_TRUE(first.start_tls({.server_name = name})) << name;
        EXPECT_EQ(first.server_common_name(), "first") << name;
        Peer second(server.port(1));
        ASSERT_TRUE(second.start_tls({.server_name = name})) << name;
        EXPECT_EQ(second.server_common_name(), "second") << name;
    }
}

namespace {

/// A listener's own certificate and three by name.
ListenerSettings by_name(const std::string& mark) {
    ListenerSettings listener{tls_for("own" + mark)};
    for (const auto& [name, names] : std::vector<std::pair<std::string, std::string>>{
             {"exact", "DNS:chat.example.org,DNS:chat.example.com"}, {"wild", "DNS:*.example.org"}, {"later", "DNS:chat.example.org"}}) {
        auto settings = tls_for(name + mark, names);
        listener.tls->by_name.push_back({std::move(settings.certificate_pem), std::move(settings.key_pem)});
    }
    return listener;
}

/// The common name of what a client that asks for `name` is shown.
std::string shown(Server& server, const std::string& name, int version) {
    Peer peer(server.port());
    if (!peer.start_tls({.minimum = version, .maximum = version, .server_name = name})) return "no handshake";
    return peer.send("echo\n") && peer.receive(3) == "ok\n" ? peer.server_common_name() : "no answer";
}

}  // namespace

TEST(TransportTls, a_client_that_names_a_host_gets_its_certificate_and_all_others_the_listeners_own) {
    Server server({.listeners = {by_name("")}});
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        EXPECT_EQ(shown(server, "chat.example.org", version), "exact") << "exact before wildcards, the first before the others";
        EXPECT_EQ(shown(server, "CHAT.Example.COM", version), "exact");
        EXPECT_EQ(shown(server, "other.example.org", version), "wild");
        for (const std::string name : {"", "example.org", "a.b.example.org", "other.example.com", "*.example.com", "exact"}) {
            EXPECT_EQ(shown(server, name, version), "own") << name;
        }
    }
}

TEST(TransportTls, certificates_by_name_are_replaced_with_the_listeners_own) {
    Server server({.listeners = {by_name("")}});
    Peer before(server.port());
    ASSERT_TRUE(before.start_tls({.server_name = "chat.example.org"}));
    Peer shaking(server.port());  // Its handshake is under way while they are replaced.
    server.on_loop([&](auto& transport) { ASSERT_TRUE(transport.replace_tls(0, *by_name("2").tls)); });

    EXPECT_EQ(shown(server, "chat.example.org", TLS1_3_VERSION), "exact2");
    EXPECT_EQ(shown(server, "a.example.org", TLS1_2_VERSION), "wild2");
    EXPECT_EQ(shown(server, "elsewhere", TLS1_3_VERSION), "own2");
    ASSERT_TRUE(before.send("echo\n"));
    EXPECT_EQ(before.receive(3), "ok\n");
    EXPECT_TRUE(shaking.start_tls({.server_name = "chat.example.org"}));

    auto wrong = by_name("3");
    wrong.tls->by_name[1].key_pem = wrong.tls->key_pem;
    server.on_loop([&](auto& transport) { EXPECT_FALSE(transport.replace_tls(0, *wrong.tls)); });
    EXPECT_EQ(shown(server, "a.example.org", TLS1_3_VERSION), "wild2") << "nothing changes";
}

TEST(TransportTls, gives_no_tickets_and_keeps_no_sessions) {
    Server server({.listeners = one_listener(true)});
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Peer peer(server.port());
        ASSERT_TRUE(peer.start_tls({.minimum = version, .maximum = version}));
        ASSERT_TRUE(peer.send("echo\n"));
        ASSERT_EQ(peer.receive(3), "ok\n");
        const SSL_SESSION* session = SSL_get_session(peer.ssl());
        EXPECT_EQ(SSL_SESSION_has_ticket(session), 0);
        unsigned int id_size = 0;
        if (version == TLS1_2_VERSION) {
            SSL_SESSION_get_id(session, &id_size);
            EXPECT_EQ(id_size, 0u);
        }
    }
}

TEST(TransportTls, key_updates_of_both_kinds_pass_unnoticed) {
    Server server({.listeners = one_listener(true)});
    Peer peer = connected(server, true);
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(
            SSL_key_update(peer.ssl(), i % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED),
            1);
        expect_echo(peer);
    }
    EXPECT_EQ(server.counts().closed_total(), 0);
}

TEST(TransportTls, a_key_update_asked_of_a_server_that_cannot_write_is_answered_later) {
    Server server({.listeners = one_listener(true)});
    Peer peer = connected(server, true, 4096);
    const std::string bytes = pattern_bytes(1, 0, 300'000);
    ASSERT_EQ(SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    std::size_t sent = 0;
    std::string received;
    const Deadline deadline{20s};
    while (received.size() < bytes.size() && !deadline.passed()) {
        sent += peer.try_send(std::string_view(bytes).substr(sent));
        if (sent == bytes.size()) received += peer.receive(bytes.size() - received.size(), Deadline{1s});
        if (sent < bytes.size()) received += peer.receive(1000, Deadline{1ms});
    }
    EXPECT_TRUE(received == bytes);
}

TEST(TransportTls, renegotiation_is_refused_and_the_server_goes_on) {
    Server server({.listeners = one_listener(true)});
    Peer peer(server.port());
    ASSERT_TRUE(peer.start_tls({.maximum = TLS1_2_VERSION}));
    ASSERT_TRUE(peer.send("echo\n"));
    ASSERT_EQ(peer.receive(3), "ok\n");

    SSL_renegotiate(peer.ssl());
    static_cast<void>(peer.send("hello", Deadline{1s}));
    static_cast<void>(peer.receive(5, Deadline{1s}));

    // The refusal is a warning; OpenSSL's client then leaves.
    peer.close();
    EXPECT_TRUE(server.is_empty_soon());
    Peer other = connected(server, true);
    expect_echo(other);
}

TEST(TransportTls, the_servers_end_is_a_close_notify) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Server server({.listeners = one_listener(true)});
        Peer peer(server.port());
        ASSERT_TRUE(peer.start_tls({.minimum = version, .maximum = version}));
        ASSERT_TRUE(peer.send("echo\n"));
        ASSERT_EQ(peer.receive(3), "ok\n");

        server.on_loop([&](auto&) { server.newest()->shutdown(); });

        EXPECT_EQ(peer.wait_end(), PeerEnd::close_notify);
        peer.finish();
        EXPECT_TRUE(server.has_closed(CloseReason::local, 1));
    }
}

TEST(TransportTls, a_close_notify_of_the_peer_is_answered_with_one) {
    Server server({.listeners = one_listener(true)});
    Peer peer = connected(server, true);

    SSL_shutdown(peer.ssl());

    EXPECT_EQ(peer.wait_end(), PeerEnd::close_notify);
    EXPECT_TRUE(server.has_closed(CloseReason::peer, 1));
}

TEST(TransportTls, a_new_certificate_holds_for_new_handshakes_and_cuts_nobody) {
    Server server({.listeners = {ListenerSettings{tls_for("old")}, ListenerSettings{}}});
    Peer before = connected(server, true);
    Peer under_way(server.port());
    under_way.prepare_tls();
    EXPECT_EQ(before.server_common_name(), "old");

    server.on_loop([&](auto& transport) {
        EXPECT_TRUE(transport.replace_tls(0, tls_for("new")));

        auto wrong = tls_for("wrong");
        wrong.key_pem = tls_for("other").key_pem;
        EXPECT_EQ(
            transport.replace_tls(0, wrong).error().message,
            "key: it doesn't belong to the certificate; give the key that the certificate was made for");
        EXPECT_EQ(transport.replace_tls(1, tls_for("plain")).error().message, "listener 1 has no TLS");
        EXPECT_EQ(transport.replace_tls(2, tls_for("none")).error().message, "listener 2 has no TLS");
    });

    Peer after(server.port());
    ASSERT_TRUE(after.start_tls());
    EXPECT_EQ(after.server_common_name(), "new");
    expect_echo(before);
    auto stricter = tls_for("strict");
    stricter.minimum = "1.3";
    server.on_loop([&](auto& transport) { EXPECT_TRUE(transport.replace_tls(0, stricter)); });
    Peer old_version(server.port());
    EXPECT_FALSE(old_version.start_tls({.maximum = TLS1_2_VERSION}));
    Peer new_version(server.port());
    EXPECT_TRUE(new_version.start_tls({.alpn = {"h2", "http/1.1"}}));
    EXPECT_EQ(new_version.server_common_name(), "strict");
}

TEST(TransportTls, a_listener_with_a_wrong_key_is_refused_before_anything_starts) {
    ListenerSettings listener{tls_for()};
    listener.tls->key_pem = tls_for().key_pem;

    const auto made = berth::host::transport::Transport::create({}, {ListenerSettings{}, listener}, {});

    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().message,
              "listener 1: key: it doesn't belong to the certificate; give the key that the certificate was "
              "made for");
}

TEST(TransportTls, small_records_asked_for_by_the_client_are_kept_to) {
    Server server({.listeners = one_listener(true)});
    Peer peer(server.port(), 4096);
    peer.prepare_tls();
    ASSERT_EQ(SSL_set_tlsext_max_fragment_length(peer.ssl(), TLSEXT_max_fragment_length_512), 1);
    const Deadline deadline{10s};
    while (SSL_do_handshake(peer.ssl()) != 1 && !deadline.passed()) std::this_thread::sleep_for(1ms);
    ASSERT_TRUE(peer.send("echo\n"));
    ASSERT_EQ(peer.receive(3), "ok\n");
    const std::string bytes = pattern_bytes(2, 0, 400'000);
    std::size_t sent = 0;
    std::string received;
    while (received.size() < bytes.size() && !deadline.passed()) {
        sent += peer.try_send(std::string_view(bytes).substr(sent));
        received += peer.receive(1000, Deadline{1ms});
    }
    EXPECT_TRUE(received == bytes);
}

}  // namespace
}  // namespace berth::test
