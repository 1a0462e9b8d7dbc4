// SPDX-License-Identifier: MIT
#include "gateway/transport/loop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "gateway/transport/descriptor_limit.hpp"

namespace berth::host::transport {
namespace {

/// How late a deadline may be noticed.
constexpr Milliseconds tick{100};

/// The event is disarmed when it fires: from then on the library watches the descriptor.
constexpr std::uint32_t first_bytes_mask = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;

/// Whether the peer has left, when the library says only that it closes.
CloseReason why_closed(int fd, bool is_handshaken) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) {
        if (info.tcpi_state == TCP_CLOSE) return CloseReason::reset;
        if (info.tcpi_state == TCP_CLOSE_WAIT) return CloseReason::peer;
    }
    return is_handshaken ? CloseReason::peer : CloseReason::tls_failure;
}

/// What the kernel reports as an error or a hang-up.
CloseReason why_broken(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    const bool is_known = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0;
    return is_known && error == ETIMEDOUT ? CloseReason::unacknowledged : CloseReason::reset;
}

void reset_on_close(int fd) {
    const linger immediately{.l_onoff = 1, .l_linger = 0};
    static_cast<void>(setsockopt(fd, SOL_SOCKET, SO_LINGER, &immediately, sizeof immediately));
}

}  // namespace

Loop::Loop(const TransportSettings& settings, TransportHandler& handler, Poller poller, UniqueFd wake)
    : settings_(settings),
      handler_(handler),
      poller_(std::move(poller)),
      wake_(std::move(wake)),
      young_max_(settings.young_connections_max) {
    // Room for a whole TLS record even with a tiny budget.
    buffer_ = std::make_unique_for_overwrite<char[]>(std::max(settings_.read_budget, tls_record_bytes));
    on_event_ = [this](Connection& connection, std::uint32_t events) { on_event(connection, events); };
}

Result<std::unique_ptr<Loop>> Loop::create(const TransportSettings& settings,
                                           const std::vector<ListenerSettings>& listeners,
                                           TransportHandler& handler) {
    auto poller = Poller::create();
    if (!poller) return tl::unexpected<Error>(std::move(poller).error());
    UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) return fail_errno("eventfd", errno);

    auto loop = std::unique_ptr<Loop>(new Loop(settings, handler, std::move(*poller), std::move(wake)));
    loop->descriptors_end_ = static_cast<int>(descriptor_limit());
    for (const ListenerSettings& listener : listeners)
        loop->listener_has_tls_.push_back(listener.tls.has_value());
    auto library = Library::create(listeners, *loop);
    if (!library) return tl::unexpected<Error>(std::move(library).error());
    loop->library_ = std::move(*library);

    Loop& self = *loop;
    BERTH_TRY(self.poller_.watch(self.wake_.get(), EPOLLIN, [&self](std::uint32_t) {
        std::uint64_t count = 0;
        static_cast<void>(!::read(self.wake_.get(), &count, sizeof count));
        self.woken_.store(false, std::memory_order_seq_cst);
    }));
    BERTH_TRY(self.poller_.watch(self.library_->descriptor(), EPOLLIN,
                                 [&self](std::uint32_t) { self.library_->run(); }));
    return loop;
}

Loop::~Loop() {
    for (Connection* connection : poller_.connections()) abort(*connection);
    bury_closed();
    for (const Arrival& arrival : arrivals_) handler_.on_refused(arrival.peer, arrival.listener);
    if (library_) {
        library_->run();
        poller_.unwatch(library_->descriptor());
    }
}

Result<Connection*> Loop::adopt(UniqueFd socket, std::size_t listener, const PeerAddress& peer) {
    young_.fetch_add(1, std::memory_order_relaxed);
    auto entered = enter(std::move(socket), listener, peer);
    if (!entered) young_.fetch_sub(1, std::memory_order_relaxed);
    return entered;
}

Result<Connection*> Loop::enter(UniqueFd socket, std::size_t listener, const PeerAddress& peer) {
    if (listener >= listener_has_tls_.size() || !library_->has_listener(listener)) {
        return fail(Code::invalid, "adopt a connection: there is no listener " + std::to_string(listener));
    }
    if (young() > settings_.young_connections_max) {
        reset_on_close(socket.get());
        return fail(Code::unavailable, "adopt a connection: " + std::to_string(young() - 1) +
                                           " others aren't established yet, which is the limit");
    }
    if (socket.get() >= descriptors_end_) {
        return fail(Code::system, "adopt a connection: descriptor " + std::to_string(socket.get()) +
                                      " is above the limit that held when the transport was created (" +
                                      std::to_string(descriptors_end_) + "); raise the limit before");
    }
    const bool is_tls = listener_has_tls_[listener];
    std::unique_ptr<Connection> made(new Connection(*this, socket.get(), listener, is_tls, peer));
    made->token_ = poller_.enter(*made);
    if (!poller_.control(EPOLL_CTL_ADD, socket.get(), first_bytes_mask, made->token_)) {
        const int error = errno;
        poller_.leave(made->token_);
        return fail_errno("adopt a connection: watch descriptor " + std::to_string(socket.get()), error);
    }
    static_cast<void>(socket.release());
    Connection& connection = *made.release();  // Freed by `bury_closed`.
    connections_.fetch_add(1, std::memory_order_relaxed);
    connection.is_handshaken_ = !is_tls;
    if (is_tls) {
        handshakes_.set(connection.deadline_, now_ + settings_.tls_handshake);
    } else {
        heads_.set(connection.deadline_, now_ + settings_.head);
    }
    handler_.on_open(connection);
    return &connection;
}

void Loop::set_limits(const TransportSettings& settings) {
    const std::size_t read_budget = settings_.read_budget;
    settings_ = settings;
    settings_.read_budget = read_budget;
    young_max_.store(settings.young_connections_max, std::memory_order_relaxed);
}

Result<std::size_t> Loop::add_listener(const ListenerSettings& listener) {
    BERTH_TRY(library_->add_listener(listener));
    listener_has_tls_.push_back(listener.tls.has_value());
    return listener_has_tls_.size() - 1;
}

void Loop::skip_listener() {
    library_->skip_listener();
    listener_has_tls_.push_back(false);
}

void Loop::hand_over(UniqueFd socket, std::size_t listener, const PeerAddress& peer) {
    young_.fetch_add(1, std::memory_order_relaxed);
    {
        const MutexLock lock(mutex_);
        arrivals_.push_back({std::move(socket), listener, peer});
    }
    wake();
}

void Loop::take_arrivals() {
    std::vector<Arrival> arrivals;
    {
        const MutexLock lock(mutex_);
        arrivals.swap(arrivals_);
    }
    for (Arrival& arrival : arrivals) {
        if (auto adopted = enter(std::move(arrival.socket), arrival.listener, arrival.peer); !adopted) {
            young_.fetch_sub(1, std::memory_order_relaxed);
            log::debug("connection refused",
                       {{"reason", adopted.error().message}, {"address", arrival.peer.text()}});
            handler_.on_refused(arrival.peer, arrival.listener);
        }
    }
}

void Loop::run_once(Milliseconds wait) {
    if (library_->must_run() || library_->due_in() <= Milliseconds::zero()) library_->run();
    poller_.wait(longest_wait(wait));
    now_ = Clock::now();
    poller_.dispatch(on_event_);
    take_arrivals();
    read_ready();
    check_deadlines();
    bury_closed();
    next_wait_ = handler_.on_turn_end(now_);
    tls_reader_ = nullptr;
}

void Loop::run() {
    while (!stopping_.exchange(false, std::memory_order_acq_rel)) run_once(Milliseconds::max());
}

void Loop::stop() {
    stopping_.store(true, std::memory_order_release);
    wake();
}

void Loop::wake() {
    if (woken_.exchange(true, std::memory_order_seq_cst)) return;
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

Milliseconds Loop::longest_wait(Milliseconds wait) const {
    if (!ready_.empty() || !closed_.empty() || library_->must_run()) return Milliseconds::zero();
    wait = std::min({wait, next_wait_, library_->due_in()});
    if (handshakes_.is_empty() && heads_.is_empty() && closes_.is_empty() && blocked_.is_empty()) return wait;
    const auto to_tick = std::chrono::ceil<Milliseconds>(next_tick_ - Clock::now());
    return std::clamp(to_tick, Milliseconds::zero(), wait);
}

void Loop::check_deadlines() {
    if (now_ < next_tick_) return;
    next_tick_ = now_ + tick;
    while (Connection* late = handshakes_.take_due(now_))
        close_with_reset(*late, CloseReason::handshake_timeout);
    while (Connection* late = heads_.take_due(now_)) close_with_reset(*late, CloseReason::head_timeout);
    while (Connection* late = closes_.take_due(now_)) close(*late, CloseReason::local);
    while (Connection* late = blocked_.take_due(now_)) close_with_reset(*late, CloseReason::blocked);
}

void Loop::on_event(Connection& connection, std::uint32_t events) {
    switch (connection.phase_) {
        case Connection::Phase::waiting:
            first_bytes(connection, events);
            return;
        case Connection::Phase::lingering:
            linger_turn(connection, events);
            return;
        case Connection::Phase::library:
        case Connection::Phase::closing:
            return;
        case Connection::Phase::own:
            break;
    }
    // Our side isn't shut down in this phase, so a hang-up is a failure, not a farewell.
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        close(connection, why_broken(connection.fd_));
        return;
    }
    if ((events & EPOLLOUT) != 0) write_turn(connection);
    if ((events & EPOLLIN) != 0 || (connection.read_needs_write_ && (events & EPOLLOUT) != 0))
        read_turn(connection);
    arm(connection);
}

void Loop::first_bytes(Connection& connection, std::uint32_t events) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        close(connection, CloseReason::reset);
        return;
    }
    if ((events & EPOLLRDHUP) != 0) {
        char byte = 0;
        const ssize_t got = ::recv(connection.fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got <= 0) {
            close(connection, got == 0 ? CloseReason::peer : CloseReason::reset);
            return;
        }
    }
    give_to_library(connection);
}

// Only now, because of what the library does with a silent connection: it begins TLS at once, which costs 30
// KB of OpenSSL's memory and a place in a list of time-outs that every newcomer walks.
void Loop::give_to_library(Connection& connection) {
    connection.phase_ = Connection::Phase::library;
    library_->adopt(connection.fd_, connection.listener_, connection);
    // The library may have refused it without a word; then the descriptor is closed all the same.
    if (connection.wsi_ == nullptr && connection.phase_ == Connection::Phase::library) {
        connection.fd_ = -1;
        close(connection, CloseReason::reset);
    }
}

void Loop::library_adopted(Connection& connection, lws* wsi, ssl_st* ssl) {
    connection.wsi_ = wsi;
    connection.ssl_ = ssl;
    if (ssl != nullptr) bound_tls(connection);
}

void Loop::library_handshaken(Connection& connection) {
    if (connection.phase_ != Connection::Phase::library) return;
    connection.is_handshaken_ = true;
    heads_.set(connection.deadline_, now_ + settings_.head);
    handler_.on_handshaken(connection);
}

void Loop::library_read(Connection& connection, std::string_view bytes) {
    if (connection.phase_ != Connection::Phase::library) return;
    if (connection.paused_) {
        // Paused before the first byte; the library had no way to know.
        connection.unread_ = UnreadBytes(bytes);
        take_over(connection);
        return;
    }
    handler_.on_head(connection, bytes);
}

void Loop::library_closed(Connection& connection) {
    if (connection.ssl_ != nullptr) unbound_tls(connection);
    connection.wsi_ = nullptr;
    connection.ssl_ = nullptr;
    const bool was_open = connection.phase_ != Connection::Phase::closing;
    const CloseReason reason = why_closed(connection.fd_, connection.is_handshaken_);
    static_cast<void>(poller_.control(EPOLL_CTL_DEL, connection.fd_, 0, 0));
    connection.fd_ = -1;
    if (was_open) close(connection, reason);
}

// From here on the library only keeps descriptor and TLS object.
void Loop::take_over(Connection& connection) {
    if (connection.phase_ == Connection::Phase::waiting) give_to_library(connection);
    if (connection.phase_ != Connection::Phase::library) return;
    BERTH_ASSERT(connection.is_handshaken_);
    library_->stop_reading(connection.wsi_);
    connection.phase_ = Connection::Phase::own;
    if (connection.is_tls_) {
        take_over_tls(connection.ssl_);
        make_ready(connection);
    }
    if (!connection.unread_.is_empty()) make_ready(connection);
    arm(connection);
}

void Loop::establish(Connection& connection) {
    if (!connection.is_open() || connection.is_established_) return;
    BERTH_ASSERT(connection.is_handshaken_);
    take_over(connection);
    if (!connection.is_open()) return;
    connection.is_established_ = true;
    connection.deadline_.clear();
    young_.fetch_sub(1, std::memory_order_relaxed);
}

void Loop::shutdown(Connection& connection) {
    if (!connection.is_open()) return;
    if (!connection.is_handshaken_) {
        close(connection, CloseReason::local);
        return;
    }
    take_over(connection);
    if (!connection.is_open()) return;
    connection.phase_ = Connection::Phase::lingering;
    connection.blocked_.clear();
    connection.unread_ = UnreadBytes();
    closes_.set(connection.deadline_, now_ + settings_.close);
    end_our_side(connection);
    arm(connection);
}

void Loop::abort(Connection& connection) {
    close_with_reset(connection, CloseReason::local);
}

void Loop::close_with_reset(Connection& connection, CloseReason reason) {
    if (connection.phase_ == Connection::Phase::closing) return;
    reset_on_close(connection.fd_);
    close(connection, reason);
}

void Loop::close(Connection& connection, CloseReason reason) {
    if (connection.phase_ == Connection::Phase::closing) return;
    connection.phase_ = Connection::Phase::closing;
    connection.reason_ = reason;
    connection.deadline_.clear();
    connection.blocked_.clear();
    closed_.push_back(&connection);
}

void Loop::bury_closed() {
    // By index: `on_closed` may close others.
    for (std::size_t i = 0; i < closed_.size(); ++i) {
        const std::unique_ptr<Connection> connection(closed_[i]);
        if (connection->fd_ >= 0) static_cast<void>(poller_.control(EPOLL_CTL_DEL, connection->fd_, 0, 0));
        poller_.leave(connection->token_);
        if (connection->wsi_ != nullptr) {
            if (connection->ssl_ != nullptr) unbound_tls(*connection);
            library_->kill(connection->wsi_);  // Its next turn closes the descriptor.
        } else if (connection->fd_ >= 0) {
            ::close(connection->fd_);
        }
        connections_.fetch_sub(1, std::memory_order_relaxed);
        if (!connection->is_established_) young_.fetch_sub(1, std::memory_order_relaxed);
        handler_.on_closed(*connection, connection->reason_);
    }
    closed_.clear();
}

}  // namespace berth::host::transport
