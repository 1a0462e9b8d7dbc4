// SPDX-License-Identifier: MIT
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>

#include "gateway/transport/loop.hpp"

// SSL_read returns when there is a byte for us, or nothing on the wire. A peer that sends records with neither, and
// quickly, keeps it from returning: handshake messages (RFC 5246 §7.4.1.1, RFC 8446 §4.6.3), which cost it little and
// us a change of keys or an answer. Hence both bounds: bytes a turn, whatever they are, and such messages a minute.
namespace berth::host::transport {
namespace {

/// Change keys oftener than that a client has no reason to: they last for 2^24 records at least (RFC 8446 §5.5).
constexpr unsigned handshake_records_max = 32;

}  // namespace

struct Loop::TlsCallbacks {
    static long before_read(Loop& loop, const Connection& connection, BIO* bio) {
        BIO_clear_retry_flags(bio);
        if (!connection.is_open()) return -1;
        if (loop.tls_reader_ != &connection) {
            loop.tls_reader_ = &connection;
            loop.tls_allowance_ = loop.settings_.read_budget;
        }
        if (loop.tls_allowance_ > 0) return 1;
        BIO_set_retry_read(bio);  // What is on the wire is reported again in the next turn.
        return -1;
    }

    static long on_bio(BIO* bio, int operation, const char*, std::size_t, int, long, int result, std::size_t* moved) {
        const auto& connection = *reinterpret_cast<const Connection*>(BIO_get_callback_arg(bio));
        Loop& loop = connection.loop_;
        if (operation == BIO_CB_READ) return before_read(loop, connection, bio);
        if (operation == (BIO_CB_READ | BIO_CB_RETURN) && result > 0 && moved != nullptr) {
            loop.tls_allowance_ -= std::min(loop.tls_allowance_, *moved);
        }
        return result;
    }

    /// Of TLS 1.2 the header says what a record holds, of TLS 1.3 its last byte.
    static void on_message(int is_sent, int, int kind, const void* bytes, std::size_t size, SSL*, void* user) {
        if (is_sent != 0 || size == 0 || (kind != SSL3_RT_HEADER && kind != SSL3_RT_INNER_CONTENT_TYPE)) return;
        if (*static_cast<const unsigned char*>(bytes) != SSL3_RT_HANDSHAKE) return;
        auto& connection = *static_cast<Connection*>(user);
        if (connection.is_handshaken_) connection.loop_.note_handshake_record(connection);
    }
};

void Loop::bound_tls(Connection& connection) {
    BIO* const bio = SSL_get_rbio(connection.ssl_);
    BIO_set_callback_arg(bio, reinterpret_cast<char*>(&connection));
    BIO_set_callback_ex(bio, &TlsCallbacks::on_bio);
    SSL_set_msg_callback(connection.ssl_, &TlsCallbacks::on_message);
    SSL_set_msg_callback_arg(connection.ssl_, &connection);
}

void Loop::unbound_tls(Connection& connection) {
    BIO_set_callback_ex(SSL_get_rbio(connection.ssl_), nullptr);
    SSL_set_msg_callback(connection.ssl_, nullptr);
}

void Loop::note_handshake_record(Connection& connection) {
    const auto minute = static_cast<std::uint16_t>(std::chrono::floor<std::chrono::minutes>(now_.time_since_epoch()).count());
    if (connection.handshake_minute_ != minute) connection.handshake_records_ = 0;
    connection.handshake_minute_ = minute;
    if (++connection.handshake_records_ > handshake_records_max) close_with_reset(connection, CloseReason::tls_flood);
}

}  // namespace berth::host::transport
