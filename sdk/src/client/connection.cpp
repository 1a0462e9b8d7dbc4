// SPDX-License-Identifier: MIT
#include "client/connection.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <string>

#include "client/threads.hpp"

namespace berth::client::inner {

namespace {

Session::Limits limits_of(const Settings& settings) {
    return {.message_bytes_max = settings.message_bytes_max,
            .close_timeout_ms = settings.close_timeout_ms,
            .ping_interval_ms = settings.ping_interval_ms,
            .pong_timeout_ms = settings.pong_timeout_ms};
}

/// Whether this is a connection's thread.
thread_local bool is_library_thread = false;

/// Forgets a descriptor that is about to be closed: its number may be somebody else's at once.
struct Forget {
    std::atomic<int>& socket;
    ~Forget() { socket = -1; }
};

}  // namespace

Connection::Connection(Plan plan)
    : plan_(std::move(plan)),
      process_(getpid()),
      policy_(plan_.settings.reconnect),
      mailbox_(plan_.settings, plan_.events.message == nullptr, waiter_),
      lookup_(plan_.settings.proxy.is_on() ? plan_.settings.proxy.host : plan_.url.host,
              plan_.settings.proxy.is_on() ? plan_.settings.proxy.port : plan_.url.port) {}

Connection* Connection::start(Plan plan) {
    struct Delete {
        void operator()(Connection* connection) const noexcept { delete connection; }
    };
    std::unique_ptr<Connection, Delete> connection{new Connection{std::move(plan)}};
    const std::lock_guard lock{connection->start_};
    connection->thread_ = start_thread("berth-client", [self = connection.get()] { self->run(); });
    return connection.release();
}

void Connection::release(Connection* connection) {
    if (!connection->is_of_this_process()) {
        if (const int socket = connection->socket_.exchange(-1); socket >= 0) close(socket);
        connection->waiter_.close();
        return;
    }
    connection->mailbox_.close(wire::close_code::going_away, {});
    if (is_library_thread && connection->stage_.exchange(Stage::released) != Stage::ended) return;
    connection->thread_.join();
    delete connection;
}

berth_client_connection* Connection::handle() noexcept {
    return reinterpret_cast<berth_client_connection*>(this);
}

bool Connection::is_of_this_process() const noexcept {
    return getpid() == process_;
}

void Connection::run() {
    { const std::lock_guard lock{start_}; }
    is_library_thread = true;
    End end;
    for (;;) {
        end = attempt();
        if (mailbox_.is_closing()) break;
        const auto delay = policy_.next_delay(end, Clock::now(), random_.fraction());
        if (!delay) break;
        mailbox_.interrupted();
        if (plan_.events.interrupted != nullptr) {
            berth_client_end shown;
            write_end(&shown, end);
            plan_.events.interrupted(plan_.events.user, handle(), &shown, delay->count());
        }
        if (!pause(*delay)) break;
    }
    finish(end);
    if (stage_.exchange(Stage::ended) == Stage::released) {
        thread_.detach();
        delete this;
    }
}

End Connection::attempt() {
    try {
        const TimePoint deadline =
            std::min(give_up_at(), after(Clock::now(), plan_.settings.connect_timeout_ms));
        auto opened =
            connect(plan_.settings, plan_.url, plan_.tls.get(), lookup_, waiter_, random_, deadline);
        if (!opened) return End::broken(opened.error());
        return talk(std::move(*opened));
    } catch (const std::bad_alloc&) {
        return End::broken(
            {.status = BERTH_CLIENT_NO_RESOURCES, .text = shown(plan_.url) + ": out of memory"});
    } catch (const std::exception& error) {
        return End::broken(
            {.status = BERTH_CLIENT_NO_RESOURCES, .text = shown(plan_.url) + ": " + error.what()});
    }
}

End Connection::talk(Opened opened) {
    socket_ = opened.stream->fd();
    const Forget before_it_is_closed{socket_};
    if (!mailbox_.opened(opened.subprotocol))
        return End::broken({.status = BERTH_CLIENT_CLOSED, .text = shown(plan_.url) + ": given up before it was open"});
    policy_.opened(Clock::now());
    const auto tell = has_been_open_ ? plan_.events.resumed : plan_.events.opening;
    has_been_open_ = true;
    if (tell != nullptr) tell(plan_.events.user, handle());

    End end =
        exchange(opened, limits_of(plan_.settings), mailbox_, waiter_, random_,
                 [this](wire::MessageKind kind, std::string_view payload) { return deliver(kind, payload); });
    if (end.failure) end.failure = std::move(*end.failure).about(shown(plan_.url));
    return end;
}

bool Connection::pause(Milliseconds delay) {
    std::array<pollfd, 1> nothing_else{};
    const TimePoint until = std::min(give_up_at(), after(Clock::now(), delay.count()));
    try {
        return waiter_.wait_unless_given_up(nothing_else, until) == Waiter::Woke::deadline &&
               Clock::now() < give_up_at();
    } catch (const std::exception&) {
        return false;
    }
}

wire::Flow Connection::deliver(wire::MessageKind kind, std::string_view payload) {
    if (plan_.events.message == nullptr) return mailbox_.deliver(kind, payload);
    if (mailbox_.is_closing()) return wire::Flow::go_on;
    const std::string terminated{payload};
    plan_.events.message(plan_.events.user, handle(),
                         kind == wire::MessageKind::text ? BERTH_CLIENT_TEXT : BERTH_CLIENT_BUFFER,
                         terminated.c_str(), terminated.size());
    return wire::Flow::go_on;
}

void Connection::finish(const End& end) {
    mailbox_.ended(end);
    berth_client_end shown;
    write_end(&shown, end);
    const berth_client_events& events = plan_.events;
    if (end.failure && events.error != nullptr) events.error(events.user, handle(), &shown.error);
    if (events.closing != nullptr) events.closing(events.user, handle(), shown.code, shown.reason);
}

}  // namespace berth::client::inner
