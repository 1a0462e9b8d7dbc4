// SPDX-License-Identifier: MIT
#include "gateway/transport/transport.hpp"

#include <csignal>
#include <string>

#include "gateway/transport/loop.hpp"

namespace berth::host::transport {

Transport::Transport(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Transport::~Transport() = default;

Result<std::vector<std::unique_ptr<Transport>>> Transport::create(
    const TransportSettings& settings, const std::vector<ListenerSettings>& listeners,
    const std::vector<TransportHandler*>& handlers) {
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        if (!listeners[i].tls) continue;
        if (auto checked = tls::check_tls(*listeners[i].tls); !checked) {
            return fail("listener " + std::to_string(i) + ": ", std::move(checked).error());
        }
    }
    // OpenSSL writes without MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);

    std::vector<std::unique_ptr<Transport>> transports;
    for (TransportHandler* handler : handlers) {
        auto loop = Loop::create(settings, listeners, *handler);
        if (!loop) return tl::unexpected<Error>(std::move(loop).error());
        transports.emplace_back(new Transport(std::move(*loop)));
    }
    return transports;
}

Result<Connection*> Transport::adopt(UniqueFd socket, std::size_t listener, const PeerAddress& peer) {
    return loop_->adopt(std::move(socket), listener, peer);
}
void Transport::hand_over(UniqueFd socket, std::size_t listener, const PeerAddress& peer) {
    loop_->hand_over(std::move(socket), listener, peer);
}
Result<void> Transport::replace_tls(std::size_t listener, const tls::TlsSettings& settings) {
    return loop_->library().replace_tls(listener, settings);
}
void Transport::set_limits(const TransportSettings& settings) {
    loop_->set_limits(settings);
}
Result<std::size_t> Transport::add_listener(const ListenerSettings& settings) {
    return loop_->add_listener(settings);
}
void Transport::skip_listener() { loop_->skip_listener(); }
Result<void> Transport::watch(int fd, std::uint32_t events, WatchCallback callback) {
    return loop_->poller().watch(fd, events, std::move(callback));
}
Result<void> Transport::change_watch(int fd, std::uint32_t events) {
    return loop_->poller().change_watch(fd, events);
}
void Transport::unwatch(int fd) {
    loop_->poller().unwatch(fd);
}
void Transport::run_once(Milliseconds wait) {
    loop_->run_once(wait);
}
void Transport::run() {
    loop_->run();
}
void Transport::stop() {
    loop_->stop();
}
void Transport::wake() {
    loop_->wake();
}
TimePoint Transport::now() const {
    return loop_->now();
}
std::size_t Transport::connections() const {
    return loop_->connections();
}
std::size_t Transport::young_connections() const {
    return loop_->young();
}
bool Transport::has_room() const {
    return loop_->has_room();
}

}  // namespace berth::host::transport
