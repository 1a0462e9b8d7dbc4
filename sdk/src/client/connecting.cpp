// SPDX-License-Identifier: MIT
#include "client/connecting.hpp"

#include <array>

#include "client/dial.hpp"
#include "client/opening.hpp"
#include "client/tls_stream.hpp"
#include "client/tunnel.hpp"

namespace berth::client::inner {

namespace {

/// One attempt; its steps run one after the other.
class Connecting {
public:
    Connecting(const Settings& settings, const wire::Url& url, SSL_CTX* tls, Lookup& lookup, Waiter& waiter,
               Random& random, TimePoint deadline)
        : settings_(settings),
          url_(url),
          tls_(tls),
          lookup_(lookup),
          waiter_(waiter),
          deadline_(deadline),
          opening_(settings, url, random) {}

    Outcome<Opened> run() {
        auto addresses = lookup_.run(waiter_, deadline_);
        if (!addresses) return addresses.error();
        auto socket = dial(*addresses, waiter_, deadline_);
        if (!socket) return socket.error();
        if (settings_.proxy.is_on()) {
            if (auto failure = pass_proxy(*socket)) return std::move(*failure);
        }
        if (auto failure = make_stream(std::move(*socket))) return std::move(*failure);
        if (auto failure = send(opening_.request(), "sending the handshake")) return std::move(*failure);
        if (auto failure = hear(opening_, "the handshake")) return std::move(*failure);
        return Opened{std::move(stream_), opening_.subprotocol(), std::move(first_bytes_)};
    }

private:
    using Problem = std::optional<Failure>;

    /// Has the proxy make the connection that `socket` is to the server from then on.
    Problem pass_proxy(Descriptor& socket) {
        auto plain = std::make_unique<PlainStream>(std::move(socket));
        PlainStream& stream = *plain;
        stream_ = std::move(plain);
        Tunnel tunnel{settings_.proxy, url_};
        if (auto failure = send(tunnel.request(), "asking the proxy")) return failure;
        if (auto failure = hear(tunnel, "the proxy's answer")) return failure;
        socket = stream.release();
        return {};
    }

    Problem make_stream(Descriptor socket) {
        if (!url_.secure) {
            stream_ = std::make_unique<PlainStream>(std::move(socket));
            return {};
        }
        auto created = TlsStream::create(std::move(socket), *tls_, settings_.tls, url_.host);
        if (!created) return created.error();
        TlsStream& stream = **created;
        stream_ = std::move(*created);
        for (;;) {
            const Moved step = stream.handshake();
            if (step.io == Io::done) return {};
            if (step.io != Io::blocked) return stream.handshake_failure(step.io);
            if (auto failure = wait(POLLIN, "the TLS handshake")) return failure;
        }
    }

    Problem send(std::string_view rest, const char* step) {
        while (!rest.empty() || stream_->has_unsent()) {
            const Moved written = stream_->write(rest);
            if (written.io == Io::failed) return broken(step);
            rest.remove_prefix(written.bytes);
            if (written.io == Io::done && !stream_->has_unsent()) continue;
            if (auto failure = wait(POLLOUT, step)) return failure;
        }
        return {};
    }

    /// Feeds what comes to one side of a conversation until that is settled.
    template <class Side>
    Problem hear(Side& side, const char* step) {
        std::array<char, 4096> buffer;
        while (!side.is_settled()) {
            const Moved got = stream_->read(buffer);
            if (got.io == Io::done) {
                const std::string_view bytes{buffer.data(), got.bytes};
                first_bytes_.assign(bytes.substr(side.feed(bytes)));
            } else if (got.io == Io::ended) {
                side.end();
            } else if (got.io == Io::failed) {
                if (side.failure()) break;
                return broken(step);
            } else if (auto failure = wait(POLLIN, step)) {
                // A refusal whose body does not come is one all the same.
                return side.failure() ? side.failure() : failure;
            }
        }
        return side.is_agreed() ? Problem{} : side.failure();
    }

    Problem wait(short events, const char* step) {
        if (stream_->has_unsent()) events |= POLLOUT;
        std::array<pollfd, 2> descriptors{pollfd{.fd = stream_->fd(), .events = events, .revents = 0}};
        switch (waiter_.wait_unless_given_up(descriptors, deadline_)) {
            case Waiter::Woke::ready:
                // A server that never lets us wait does not get more time for it.
                if (Clock::now() < deadline_) return {};
                break;
            case Waiter::Woke::called:
                return Failure{.status = BERTH_CLIENT_CLOSED, .text = std::string{"closed during "} + step};
            case Waiter::Woke::deadline:
                break;
        }
        return Failure{.status = BERTH_CLIENT_TIMEOUT,
                       .text = std::string{step} + " took longer than the time limit"};
    }

    Failure broken(const char* step) const {
        return {.status = stream_->failure_status(),
                .text = std::string{"the connection broke during "} + step + ": " + stream_->problem()};
    }

    const Settings& settings_;
    const wire::Url& url_;
    SSL_CTX* tls_;
    Lookup& lookup_;
    Waiter& waiter_;
    TimePoint deadline_;
    Opening opening_;
    std::unique_ptr<Stream> stream_;
    std::string first_bytes_;
};

}  // namespace

Outcome<Opened> connect(const Settings& settings, const wire::Url& url, SSL_CTX* tls, Lookup& lookup,
                        Waiter& waiter, Random& random, TimePoint deadline) {
    auto opened = Connecting{settings, url, tls, lookup, waiter, random, deadline}.run();
    if (opened) return opened;
    Failure failure = opened.error();
    return std::move(failure).about(shown(url));
}

}  // namespace berth::client::inner
