// SPDX-License-Identifier: MIT
#include "pages/server.hpp"

#include <sys/socket.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <list>
#include <utility>

#include "base/log.hpp"
#include "pages/session.hpp"

namespace berth::host::pages {
namespace {

namespace asio = boost::asio;
using Error = boost::system::error_code;

}  // namespace

class Server::Impl {
public:
    Impl(const Site& site, Limits limits) : site_(site), limits_(limits), acceptor_(io_), again_(io_) {}

    Result<void> open(UniqueFd listener) {
        sockaddr_storage address{};
        socklen_t size = sizeof(address);
        if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
            return fail_errno("pages", errno);
        Error error;
        acceptor_.assign(address.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                         listener.get(), error);
        if (error) return fail(Code::system, "pages: " + error.message());
        static_cast<void>(listener.release());
        return {};
    }

    void watch(int fd, std::function<bool()> ready) {
        watched_.emplace_back(io_, fd);
        wait(watched_.back(), std::move(ready));
    }

    void run() {
        accept();
        io_.run();
    }
    void stop() { io_.stop(); }

    ~Impl() {
        for (auto& descriptor : watched_) static_cast<void>(descriptor.release());  // Borrowed.
    }

private:
    void wait(asio::posix::stream_descriptor& descriptor, std::function<bool()> ready) {
        descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                              [this, &descriptor, ready = std::move(ready)](Error error) mutable {
                                  if (!error && ready()) wait(descriptor, std::move(ready));
                              });
    }

    void accept() {
        acceptor_.async_accept([this](Error error, asio::ip::tcp::socket socket) {
            if (error) return pause(error);
            make_room();
            if (sessions_.size() < limits_.connections_max) {
                auto session = std::make_shared<Session>(std::move(socket), site_, limits_);
                sessions_.push_back(session);
                session->start();
            }
            accept();
        });
    }

    /// Out of descriptors, most likely: the listener stays ready, so it is left alone for a moment.
    void pause(Error error) {
        log::warning("pages cannot accept", {{"error", error.message()}});
        again_.expires_after(std::chrono::seconds(1));
        again_.async_wait([this](Error stopped) {
            if (!stopped) accept();
        });
    }

    void make_room() {
        sessions_.remove_if([](const auto& session) { return session.expired(); });
        if (sessions_.size() < limits_.connections_max) return;
        for (auto it = sessions_.begin(); it != sessions_.end(); ++it) {
            const auto session = it->lock();
            if (!session || !session->is_waiting()) continue;
            session->close();
            sessions_.erase(it);
            return;
        }
    }

    const Site& site_;
    const Limits limits_;
    asio::io_context io_{1};
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer again_;
    std::list<asio::posix::stream_descriptor> watched_;
    std::list<std::weak_ptr<Session>> sessions_;  // Oldest first; a session ends by itself.
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::create(UniqueFd listener, const Site& site, Limits limits) {
    auto impl = std::make_unique<Impl>(site, limits);
    BERTH_TRY(impl->open(std::move(listener)));
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::watch(int fd, std::function<bool()> ready) {
    impl_->watch(fd, std::move(ready));
}
void Server::run() {
    impl_->run();
}
void Server::stop() {
    impl_->stop();
}

}  // namespace berth::host::pages
