// SPDX-License-Identifier: MIT
#include "control/server.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "base/foreign_json.hpp"
#include "base/log.hpp"
#include "control/connection.hpp"
#include "control/listener.hpp"
#include "control/verbs.hpp"

namespace berth::host::control {
namespace {

using nlohmann::json;

std::string text_of(const json& line) {
    return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string refusal(ReplyCode code, std::string_view sentence) {
    return text_of({{"ok", false}, {"code", static_cast<int>(code)}, {"error", sentence}});
}

/// A reply's way back. The connection may have gone meanwhile, hence the weak pointer.
class ConnectionSink final : public ReplySink {
public:
    explicit ConnectionSink(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}

    void put(const json& line, bool is_last) override {
        if (const auto connection = connection_.lock()) connection->put(text_of(line), is_last);
    }
    bool is_open() const override {
        const auto connection = connection_.lock();
        return connection != nullptr && !connection->is_broken();
    }
    void when_gone(std::function<void()> call) override {
        if (const auto connection = connection_.lock()) connection->when_gone(std::move(call));
    }

private:
    std::weak_ptr<Connection> connection_;
};

}  // namespace

class Server::Impl {
public:
    Impl(Options options, Listener listener, Handler& handler)
        : options_(std::move(options)), listener_(std::move(listener)), handler_(handler) {}

    Result<void> open();
    void turn();
    Result<UniqueFd> open_viewer();
    [[nodiscard]] int fd() const { return epoll_.get(); }
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

private:
    // Shared so that a reply that comes late finds out that its connection has gone.
    using Connections = std::unordered_map<int, std::shared_ptr<Connection>>;

    Result<void> watch(int fd, std::uint32_t events);
    void accept_all();
    void admit(UniqueFd fd);
    Result<void> add(UniqueFd fd, Peer peer, Access access);
    void serve(const std::shared_ptr<Connection>& connection);
    void answer(const std::shared_ptr<Connection>& connection, const std::string& line);
    [[nodiscard]] std::optional<Error> check(const Connection& connection, json& request) const;
    void expire(TimePoint now);
    void settle();
    void arm(TimePoint now);
    [[nodiscard]] Connection::Limits limits(Access access) const;

    Options options_;
    Listener listener_;
    Handler& handler_;
    UniqueFd epoll_;
    UniqueFd timer_;
    UniqueFd wake_;
    Connections connections_;
    std::optional<TimePoint> accept_again_;
};

Result<void> Server::Impl::watch(int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno("control: epoll", errno);
    return {};
}

Result<void> Server::Impl::open() {
    epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll_ || !timer_ || !wake_) return fail_errno("control: epoll", errno);
    BERTH_TRY(watch(listener_.fd(), EPOLLIN));
    BERTH_TRY(watch(timer_.get(), EPOLLIN));
    return watch(wake_.get(), EPOLLIN);
}

Connection::Limits Server::Impl::limits(Access access) const {
    return {.request_bytes_max =
                access == Access::viewer ? options_.viewer_request_bytes_max : options_.request_bytes_max,
            .output_bytes_max = options_.output_bytes_max,
            .request_timeout = options_.request_timeout,
            .idle_timeout = options_.idle_timeout};
}

void Server::Impl::accept_all() {
    while (true) {
        UniqueFd fd(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (fd) {
            admit(std::move(fd));
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            // Out of descriptors or memory: the listener stays readable, so it is left alone for a second.
            log::warning("control socket cannot accept", {{"error", std::strerror(errno)}});
            ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.fd(), nullptr);
            accept_again_ = Clock::now() + std::chrono::seconds(1);
        }
        return;
    }
}

void Server::Impl::admit(UniqueFd fd) {
    const auto say_no = [&](ReplyCode code, std::string_view sentence) {
        const std::string line = refusal(code, sentence) + '\n';
        // A fresh socket's buffer takes a short line whole; a peer that is gone already misses nothing.
        static_cast<void>(::send(fd.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    };
    const auto peer = peer_of(fd.get());
    if (!peer) return say_no(ReplyCode::permission, peer.error().message);
    if (!is_allowed(fd.get(), *peer, options_.group)) {
        log::warning("control peer refused", {{"uid", peer->uid}, {"pid", peer->pid}});
        return say_no(ReplyCode::permission,
                      "uid " + std::to_string(peer->uid) +
                          " may not control this host; ask for membership in its group");
    }
    if (connections_.size() >= options_.connections_max) {
        log::warning("control connections exhausted", {{"limit", options_.connections_max}});
        return say_no(ReplyCode::try_again, std::to_string(options_.connections_max) +
                                                " control connections are open; close one and try again");
    }
    if (auto added = add(std::move(fd), *peer, Access::administrator); !added) {
        log::warning("control connection failed", {{"error", added.error().message}});
    }
}

Result<void> Server::Impl::add(UniqueFd fd, Peer peer, Access access) {
    const int number = fd.get();
    auto connection = std::make_shared<Connection>(std::move(fd), peer, access, limits(access), [this] {
        static_cast<void>(::eventfd_write(wake_.get(), 1));  // Fails only when it is set already.
    });
    BERTH_TRY(watch(number, connection->interest()));
    connections_.emplace(number, std::move(connection));
    return {};
}

Result<UniqueFd> Server::Impl::open_viewer() {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
        return fail_errno("control: socket pair", errno);
    UniqueFd ours(pair[0]);
    UniqueFd theirs(pair[1]);
    const Peer peer{.uid = ::geteuid(), .gid = ::getegid(), .pid = ::getpid()};
    BERTH_TRY(add(std::move(ours), peer, Access::viewer));
    return theirs;
}

/// The rules before a handler sees a request; `request` loses what is not an argument.
std::optional<Error> Server::Impl::check(const Connection& connection, json& request) const {
    if (request.is_discarded() || !request.is_object()) {
        return Error{Code::invalid, "a request is one JSON object on a line"};
    }
    const json version = request.value("version", json());
    if (version != protocol_version) {
        return Error{Code::invalid, version.is_null()
                                        ? R"(a request says which protocol it speaks: "version":1)"
                                        : "this host speaks version 1 of the control protocol"};
    }
    const json name = request.value("verb", json());
    const Verb* verb = name.is_string() ? find_verb(name.get_ref<const std::string&>()) : nullptr;
    if (verb == nullptr) {
        return Error{Code::invalid, name.is_string()
                                        ? "unknown verb " + text_of(name.get<std::string>().substr(0, 64))
                                        : R"(a request names its verb: "verb":"status")"};
    }
    request.erase("version");
    request.erase("verb");
    if (auto checked = check_arguments(*verb, request); !checked) return checked.error();
    if (connection.access() == Access::viewer && (!verb->is_viewable || is_mutating(*verb, request))) {
        return Error{Code::permission, "a viewer may not " + std::string(verb->name)};
    }
    return std::nullopt;
}

namespace {

void audit(std::string_view verb, const json& arguments, const Peer& peer) {
    std::vector<log::Field> fields{{"verb", verb}, {"uid", peer.uid}, {"pid", peer.pid}};
    for (const char* name : {"project", "client", "address", "procedure", "file", "name"}) {
        if (arguments.contains(name)) fields.emplace_back(name, arguments[name].get<std::string>());
    }
    log::write(log::Level::info, "control request", std::move(fields));
}

}  // namespace

void Server::Impl::answer(const std::shared_ptr<Connection>& connection, const std::string& line) {
    json request = parse_foreign(line);
    std::string verb;
    if (request.is_object() && request.contains("verb") && request["verb"].is_string())
        verb = request["verb"];
    if (const auto error = check(*connection, request)) {
        connection->put(refusal(reply_code_of(error->code), error->message), /*is_last=*/true);
        return;
    }
    if (is_mutating(*find_verb(verb), request)) audit(verb, request, connection->peer());
    connection->begin_reply();
    handler_.handle(Request{std::move(verb), std::move(request), connection->peer()},
                    Reply(std::make_shared<ConnectionSink>(connection)));
}

void Server::Impl::serve(const std::shared_ptr<Connection>& connection) {
    while (auto line = connection->next_line()) {
        if (!line->empty()) answer(connection, *line);
    }
    if (connection->is_too_long()) {
        connection->put_and_close(refusal(
            ReplyCode::usage,
            "a request may have " + std::to_string(limits(connection->access()).request_bytes_max) + " bytes"));
    }
}

void Server::Impl::expire(TimePoint now) {
    for (const auto& [fd, connection] : connections_) {
        const auto deadline = connection->deadline();
        if (!deadline || *deadline > now) continue;
        if (connection->has_begun_request()) {
            connection->put_and_close(
                refusal(ReplyCode::usage, "a request must be complete within " +
                                              std::to_string(options_.request_timeout.count()) + " ms"));
        }
        connection->break_off();
    }
    if (accept_again_ && *accept_again_ <= now) {
        accept_again_.reset();
        if (auto watched = watch(listener_.fd(), EPOLLIN); !watched)
            accept_again_ = now + std::chrono::seconds(1);
    }
}

/// Removes what is over, and asks epoll for what matters to the others.
void Server::Impl::settle() {
    std::vector<std::shared_ptr<Connection>> over;  // Destroyed last: that may call the handler's when_gone.
    for (auto it = connections_.begin(); it != connections_.end();) {
        if (it->second->is_over()) {
            ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, it->first, nullptr);
            over.push_back(std::move(it->second));
            it = connections_.erase(it);
            continue;
        }
        epoll_event event{};
        event.events = it->second->interest();
        event.data.fd = it->first;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, it->first, &event);
        ++it;
    }
}

void Server::Impl::arm(TimePoint now) {
    std::optional<TimePoint> earliest = accept_again_;
    for (const auto& [fd, connection] : connections_) {
        const auto deadline = connection->deadline();
        if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
    }
    itimerspec when{};
    if (earliest) {
        const auto wait = std::max(std::chrono::nanoseconds(1), std::chrono::nanoseconds(*earliest - now));
        when.it_value.tv_sec = static_cast<time_t>(wait.count() / 1'000'000'000);
        when.it_value.tv_nsec = static_cast<long>(wait.count() % 1'000'000'000);
    }
    ::timerfd_settime(timer_.get(), 0, &when, nullptr);
}

void Server::Impl::turn() {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    bool is_woken = false;
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        const int fd = event.data.fd;
        if (fd == listener_.fd()) {
            accept_all();
        } else if (fd == timer_.get() || fd == wake_.get()) {
            eventfd_t drained = 0;
            static_cast<void>(::eventfd_read(fd, &drained));
            is_woken = is_woken || fd == wake_.get();
        } else if (const auto found = connections_.find(fd); found != connections_.end()) {
            const std::shared_ptr<Connection> connection = found->second;
            if ((event.events & EPOLLIN) != 0) connection->receive();
            if ((event.events & EPOLLOUT) != 0) connection->flush();
            serve(connection);
            if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) connection->break_off();
        }
    }
    if (is_woken) {
        // A reply ended since: requests that were read with the one before it go on.
        const std::vector<std::pair<int, std::shared_ptr<Connection>>> all(connections_.begin(),
                                                                           connections_.end());
        for (const auto& [fd, connection] : all) serve(connection);
    }
    const auto now = Clock::now();
    expire(now);
    settle();
    arm(now);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
int Server::fd() const {
    return impl_->fd();
}
void Server::turn() {
    impl_->turn();
}
Result<UniqueFd> Server::open_viewer() {
    return impl_->open_viewer();
}
std::size_t Server::connections() const {
    return impl_->connections();
}

Result<std::unique_ptr<Server>> Server::create(Options options, Handler& handler) {
    auto listener = Listener::open(options.path, options.group);
    if (!listener) return tl::unexpected(listener.error());
    auto impl = std::make_unique<Impl>(std::move(options), std::move(*listener), handler);
    BERTH_TRY(impl->open());
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace berth::host::control
