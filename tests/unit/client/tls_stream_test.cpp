// SPDX-License-Identifier: MIT
#include "client/tls_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>

#include "support/certificate.hpp"

namespace berth::client::inner {
namespace {

template <class T, class Read>
T* read_pem(const std::string& pem, Read read) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
    return read(bio.get(), nullptr, nullptr, nullptr);
}

/// A stream whose server is at the other end of a socket pair, on the same thread.
class ClientTlsStream : public testing::Test {
protected:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> server_context{SSL_CTX_new(TLS_server_method()),
                                                                     &SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> server{nullptr, &SSL_free};
    Descriptor server_end;
    TlsContext context;
    std::unique_ptr<TlsStream> stream;

    void SetUp() override {
        const test::Certificate certificate = test::make_certificate();
        const std::unique_ptr<X509, decltype(&X509_free)> own{
            read_pem<X509>(certificate.certificate_pem, PEM_read_bio_X509), &X509_free};
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
            read_pem<EVP_PKEY>(certificate.key_pem, PEM_read_bio_PrivateKey), &EVP_PKEY_free};
        ASSERT_EQ(SSL_CTX_use_certificate(server_context.get(), own.get()), 1);
        ASSERT_EQ(SSL_CTX_use_PrivateKey(server_context.get(), key.get()), 1);

        std::array<int, 2> ends{};
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
        server_end = Descriptor{ends[1]};
        server.reset(SSL_new(server_context.get()));
        SSL_set_fd(server.get(), ends[1]);
        SSL_set_accept_state(server.get());

        const TlsSettings settings{.verify = false};
        context = std::move(*make_tls_context(settings));
        stream = std::move(*TlsStream::create(Descriptor{ends[0]}, *context, settings, "localhost"));
        bool is_client_done = false, is_server_done = false;
        for (int step = 0; step < 10 && !(is_client_done && is_server_done); ++step) {
            is_client_done = is_client_done || stream->handshake().io == Io::done;
            is_server_done = is_server_done || SSL_do_handshake(server.get()) == 1;
        }
        ASSERT_TRUE(is_client_done && is_server_done);
    }

    /// What the server sends when it gives out so many tickets, which are nothing to the program, and then
    /// says this.
    std::string after_tickets(int tickets, std::string_view text) {
        BIO* memory = BIO_new(BIO_s_mem());
        SSL_set0_wbio(server.get(), memory);
        for (int i = 0; i < tickets; ++i) {
            EXPECT_EQ(SSL_new_session_ticket(server.get()), 1);
            EXPECT_EQ(SSL_do_handshake(server.get()), 1);
        }
        EXPECT_GT(SSL_write(server.get(), text.data(), static_cast<int>(text.size())), 0);
        char* made = nullptr;
        const long size = BIO_get_mem_data(memory, &made);
        return {made, static_cast<std::size_t>(size)};
    }
    /// Sends as much as the socket holds.
    void send_some(std::string_view& bytes) const {
        const ssize_t sent = ::send(server_end.get(), bytes.data(), bytes.size(), 0);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    [[nodiscard]] int waiting_bytes() const {
        int bytes = 0;
        ioctl(stream->fd(), FIONREAD, &bytes);
        return bytes;
    }
};

TEST_F(ClientTlsStream, comes_back_from_a_server_that_streams_what_is_nothing_to_the_program) {
    const std::string flood = after_tickets(800, "hello");
    std::string_view rest{flood};
    send_some(rest);
    const int before = waiting_bytes();
    ASSERT_GT(before, 100000) << "several reads' worth";

    std::array<char, 4096> buffer;
    const Moved got = stream->read(buffer);

    EXPECT_EQ(got.io, Io::blocked);
    EXPECT_LT(waiting_bytes(), before);
    EXPECT_GT(waiting_bytes(), 0) << "the rest is left in the socket, which is readable";
}

TEST_F(ClientTlsStream, finds_a_message_behind_all_that) {
    const std::string flood = after_tickets(800, "hello");
    std::string_view rest{flood};

    std::array<char, 4096> buffer;
    Moved got;
    for (int step = 0; step < 1000 && got.io == Io::blocked; ++step) {
        if (!rest.empty()) send_some(rest);
        got = stream->read(buffer);
    }

    EXPECT_EQ(got.io, Io::done);
    EXPECT_EQ((std::string_view{buffer.data(), got.bytes}), "hello");
}

}  // namespace
}  // namespace berth::client::inner
