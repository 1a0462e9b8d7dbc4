// SPDX-License-Identifier: MIT
/// Many connections that go wrong in every stage; afterwards nothing is left and a newcomer is served at
/// once.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "integration/transport/server.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

#if defined(BERTH_SANITIZED)
constexpr int storm_size = 300;
#else
constexpr int storm_size = 1500;
#endif

/// The first flight of a real client.
std::string client_hello() {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
    SSL_set_connect_state(ssl.get());
    SSL_do_handshake(ssl.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

class Storm : public testing::TestWithParam<bool> {
protected:
    [[nodiscard]] static bool tls() { return GetParam(); }

    /// One connection that ends in the given stage, by RST or FIN.
    void strike(const Server& server, int stage) {
        Peer peer(server.port());
        switch (stage) {
            case 0:
                break;  // Before a byte.
            case 1:
                peer.send(hello_.substr(0, 1 + random_() % (hello_.size() - 1)));
                break;
            case 2:
                peer.send(hello_);
                break;
            case 3:
                peer.send(hello_);
                peer.receive(1, Deadline{2s});  // The server's flight.
                break;
            case 4: {
                std::string noise(1 + random_() % 2000, '\0');
                for (char& byte : noise) byte = static_cast<char>(random_());
                peer.send(noise);
                break;
            }
            case 5:
                if (tls() && !peer.start_tls()) break;
                peer.send("ech");  // Half a request.
                break;
            default:
                if (tls() && !peer.start_tls()) break;
                peer.send("echo\n");
                peer.receive(3);
                peer.send(std::string(random_() % 20000, 'd'));
                break;
        }
        if (random_() % 4 != 0) peer.reset();
    }

    const std::string hello_ = client_hello();
    const unsigned seed_ = std::random_device{}();
    std::mt19937 random_{seed_};
};
INSTANTIATE_TEST_SUITE_P(Transport, Storm, testing::Bool(),
                         [](const auto& instance) { return instance.param ? "tls" : "plain"; });

TEST_P(Storm, leaves_neither_descriptors_nor_memory_behind) {
    SCOPED_TRACE("seed " + std::to_string(seed_));
    Server server({.listeners = one_listener(tls()), .threads = 2});
    Peer witness = connected(server, tls());
    const std::size_t descriptors = open_descriptors();
    [[maybe_unused]] std::size_t memory = 0;
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < storm_size; ++i) strike(server, static_cast<int>(random_() % 7));
        ASSERT_TRUE(eventually([&] { return server.connections() == 1; })) << server.connections();
        if (round == 1) memory = resident_bytes();
    }

    EXPECT_TRUE(eventually([&] { return open_descriptors() == descriptors; }))
        << open_descriptors() << " " << descriptors;
#if !defined(BERTH_SANITIZED)
    EXPECT_LT(resident_bytes(), memory + (2u << 20));
#endif
    const auto before = cpu_time();
    std::this_thread::sleep_for(500ms);
    EXPECT_LT(cpu_time() - before, 100ms);
    ASSERT_TRUE(witness.send("hello"));
    EXPECT_EQ(witness.receive(5), "hello");
    Peer newcomer = connected(server, tls());
}

TEST_P(Storm, resets_in_mid_handshake_one_after_another_are_fine) {
    Server server({.listeners = one_listener(tls())});
    for (int i = 0; i < storm_size / 5; ++i) strike(server, 2 + i % 2);
    EXPECT_TRUE(server.is_empty_soon());
    Peer newcomer = connected(server, tls());
}

TEST(StormOfGarbage, garbage_and_plain_http_on_the_tls_port_are_closed_at_once) {
    Server server({.listeners = one_listener(true)});
    std::mt19937 random(1);  // NOLINT: the same garbage in every run.
    for (int i = 0; i < 200; ++i) {
        Peer peer(server.port());
        std::string noise(64, '\0');
        for (char& byte : noise) byte = static_cast<char>(random());
        noise[0] = static_cast<char>(
            0x80 | (random() & 0x7f));  // Never the beginning of a record that waits for more.
        peer.send(i % 4 == 0 ? "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\r\n" : noise);
        EXPECT_NE(peer.wait_end(), PeerEnd::open) << i;
    }
    EXPECT_TRUE(server.is_empty_soon());
    EXPECT_EQ(server.counts().opened, 200);
}

TEST(StormOfHandshakes, sixty_half_handshakes_end_and_do_not_disturb) {
    berth::host::transport::TransportSettings settings;
    settings.tls_handshake = 500ms * patience;
    Server server({.settings = settings, .listeners = one_listener(true)});
    std::string hello;
    {
        Peer model(server.port());
        model.prepare_tls();
        BIO* out = BIO_new(BIO_s_mem());
        SSL_set_bio(model.ssl(), BIO_new(BIO_s_mem()), out);
        SSL_do_handshake(model.ssl());
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(out, &bytes);
        hello.assign(bytes, static_cast<std::size_t>(size));
    }
    std::vector<Peer> half;
    for (std::size_t i = 0; i < 60; ++i) {
        half.emplace_back(server.port()).send(hello.substr(0, i % 3 == 0 ? hello.size() : 1 + i * 4));
    }

    Peer honest = connected(server, true);
    for (Peer& peer : half) EXPECT_NE(peer.wait_end(), PeerEnd::open);

    EXPECT_TRUE(server.has_closed(CloseReason::handshake_timeout, 60));
    ASSERT_TRUE(honest.send("hello"));
    EXPECT_EQ(honest.receive(5), "hello");
}

}  // namespace
}  // namespace berth::test
