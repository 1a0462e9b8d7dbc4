// SPDX-License-Identifier: MIT
/// Handshake messages after the handshake, as a client makes them that wants to keep a TLS server busy. Bytes for the socket.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace berth::test {

/// TLS 1.3: so many key updates that ask for none in return (RFC 8446 §4.6.3). Sent whole, the connection goes on with the new keys.
std::string key_updates(SSL* ssl, std::size_t count);

/// TLS 1.2 with AES-GCM: so many records with an empty ClientHello, each of which wants to begin a new handshake.
/// `records`: of application data that the client has sent before; what it sends through `ssl` afterwards is not understood.
std::string client_hellos(SSL* ssl, std::size_t count, std::uint64_t records = 0);

}  // namespace berth::test
