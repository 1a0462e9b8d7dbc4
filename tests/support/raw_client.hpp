// SPDX-License-Identifier: MIT
/// A TCP or TLS connection that does what a test says, right or wrong.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/deadline.hpp"
#include "support/frame.hpp"

namespace berth::test {

/// Where a server listens.
struct Endpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    bool tls = false;
    std::string authority_pem{};  ///< whom to trust, with `tls`
    std::string name = "localhost";  ///< that TLS asks for and expects in the certificate
};

/// The head of an HTTP response, and its body by Content-Length.
struct HttpReply {
    int status = 0;  ///< 0: there was none
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The first header of that name, any case; empty when there is none.
    [[nodiscard]] std::string header(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

/// How far the other side is.
enum class End {
    open,       ///< still there
    finished,   ///< ended in order: FIN, over TLS after a close_notify
    truncated,  ///< over TLS: FIN without close_notify
    reset       ///< RST, or a TLS error
};

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One connection. Not for several threads. Nothing blocks beyond its deadline; while sending it goes
/// on receiving, so that two sides with full buffers do not wait for each other.
class RawClient {
public:
    struct Options {
        int receive_buffer = 0;      ///< SO_RCVBUF in bytes; 0: the system's
        bool receives = true;        ///< false: never reads while it sends
        bool handshakes_tls = true;  ///< false: leaves the TLS handshake to the test
        bool verifies_tls = true;    ///< false: takes any certificate
        std::string source{};        ///< the IPv4 address to come from; empty: the system's choice
    };

    /// Connects, with TLS where the endpoint has it; throws std::runtime_error when that fails.
    explicit RawClient(const Endpoint& to, Options options, Deadline deadline = Deadline::usual());
    explicit RawClient(const Endpoint& to) : RawClient(to, Options{}) {}
    ~RawClient();
    RawClient(RawClient&&) noexcept;
    RawClient& operator=(RawClient&&) noexcept;

    /// All of the bytes; false when the peer has gone or the deadline passed first.
    bool send(std::string_view bytes, Deadline deadline = Deadline::usual());
    bool send(const Frame& frame, const Encoding& encoding = {}) { return send(encode(frame, encoding)); }
    /// The bytes in pieces of that many, each in a segment of its own.
    bool send_in_pieces(std::string_view bytes, std::size_t piece, Deadline deadline = Deadline::usual());

    /// Waits for more bytes; false when the peer has ended or the deadline passed first.
    bool receive(Deadline deadline = Deadline::usual());
    /// What came and was not taken by one of the functions below.
    [[nodiscard]] const std::string& input() const { return in_; }
    /// Receives until the peer ends; answers how it ended (`open`: not before the deadline).
    End wait_end(Deadline deadline = Deadline::usual());
    [[nodiscard]] End end() const { return end_; }

    /// One HTTP response; its status is 0 when none came.
    HttpReply reply(Deadline deadline = Deadline::usual());
    /// A correct opening handshake; throws std::runtime_error when the answer is not a correct 101.
    void open(std::string_view target, const Headers& more = {}, Deadline deadline = Deadline::usual());
    /// Sends a correct request for `target` and returns the answer, whatever it is. `Host`, `Origin`…
    /// in `more` replace the default of that name; an empty value leaves the header out.
    HttpReply ask(std::string_view target, const Headers& more = {}, Deadline deadline = Deadline::usual());
    /// The next frame; nothing when the peer ended or the deadline passed.
    std::optional<Frame> frame(Deadline deadline = Deadline::usual());
    /// permessage-deflate was agreed: see FrameReader.
    void allow_compression() { reader_.allow_compression(); }
    /// What was wrong with the frames received so far; empty: nothing.
    [[nodiscard]] const std::string& violation() const { return reader_.violation(); }

    /// Ends the sending direction (over TLS with a close_notify).
    void finish();
    /// Ends the connection with a RST.
    void reset();
    /// Ends the connection; more calls are refused.
    void close();
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] SSL* ssl() const { return ssl_; }  ///< null without TLS [borrowed: as long as this]
    [[nodiscard]] std::uint16_t local_port() const;

private:
    bool wait(short events, Deadline deadline) const;
    void pull();
    void start_tls(const Endpoint& to, Deadline deadline);

    int fd_ = -1;
    SSL* ssl_ = nullptr;
    bool receives_ = true;
    bool verifies_tls_ = true;
    bool sent_close_notify_ = false;
    End end_ = End::open;
    std::string in_;
    FrameReader reader_;
};

/// The text of a correct request (see `RawClient::ask`).
std::string upgrade_request(std::string_view target, const Headers& more = {},
                            std::string_view host = "127.0.0.1");
/// The Sec-WebSocket-Accept that belongs to a key (RFC 6455 section 4.2.2).
std::string accept_of(std::string_view key);
/// The key that `upgrade_request` sends when the test names no other.
inline constexpr std::string_view usual_key = "dGVzdCBub25jZSAxNiBCLg==";

}  // namespace berth::test
