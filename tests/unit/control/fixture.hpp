// SPDX-License-Identifier: MIT
/// A control server on a socket of the test's own, driven by a thread, with a handler of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "control/server.hpp"
#include "support/deadline.hpp"

namespace berth::host::control {

/// A directory that goes with the test.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "berth-control-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Answers with what the test says; without a word, {"ok":true,"echo":arguments}. [server's thread]
class ScriptedHandler final : public Handler {
public:
    using Script = std::function<void(Request, Reply)>;

    void handle(Request request, Reply reply) override {
        ++handled;
        if (script) return script(std::move(request), std::move(reply));
        reply.ok({{"echo", request.arguments}, {"verb", request.verb}, {"uid", request.peer.uid}});
    }

    Script script;
    std::atomic<int> handled{0};
};

/// Runs a server on a thread. `on_server` runs something there.
class RunningServer {
public:
    explicit RunningServer(Server::Options options, ScriptedHandler& handler) {
        auto created = Server::create(std::move(options), handler);
        if (!created) {
            ADD_FAILURE() << created.error().message;
            std::abort();
        }
        server_ = std::move(*created);
        thread_ = std::thread([this] { run(); });
    }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;
    ~RunningServer() {
        stopping_ = true;
        thread_.join();
    }

    void on_server(std::function<void(Server&)> task) {
        std::atomic<bool> is_done{false};
        {
            const std::lock_guard lock(mutex_);
            tasks_.push_back([&](Server& server) {
                task(server);
                is_done = true;
            });
        }
        while (!is_done) std::this_thread::yield();
    }

    std::size_t connections() {
        std::size_t count = 0;
        on_server([&](Server& server) { count = server.connections(); });
        return count;
    }

private:
    void run() {
        while (!stopping_) {
            pollfd entry{.fd = server_->fd(), .events = POLLIN, .revents = 0};
            ::poll(&entry, 1, 2);
            if (entry.revents != 0) server_->turn();
            std::deque<std::function<void(Server&)>> tasks;
            {
                const std::lock_guard lock(mutex_);
                tasks.swap(tasks_);
            }
            for (auto& task : tasks) task(*server_);
        }
        server_.reset();
    }

    std::unique_ptr<Server> server_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::deque<std::function<void(Server&)>> tasks_;
    std::thread thread_;
};

/// A raw peer: bytes in, bytes out.
class RawPeer {
public:
    explicit RawPeer(const std::filesystem::path& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
        is_connected_ =
            ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
        timeval limit{.tv_sec = 20 * test::patience, .tv_usec = 0};  // A deadline for the test, not a measure.
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    }
    [[nodiscard]] bool is_connected() const { return is_connected_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    void say(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    void finish() const { ::shutdown(fd_.get(), SHUT_WR); }
    void close() { fd_.reset(); }
    /// The next line; empty at the end of the stream.
    std::string hear() {
        while (true) {
            if (const auto end = input_.find('\n'); end != std::string::npos) {
                std::string line = input_.substr(0, end);
                input_.erase(0, end + 1);
                return line;
            }
            std::array<char, 65536> chunk{};
            const auto n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
            if (n <= 0) return {};
            input_.append(chunk.data(), static_cast<std::size_t>(n));
        }
    }
    nlohmann::json hear_json() { return nlohmann::json::parse(hear(), nullptr, false); }

private:
    UniqueFd fd_;
    bool is_connected_ = false;
    std::string input_;
};

/// Waits for a condition, with a deadline that only a failing test meets.
inline bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20) * test::patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace berth::host::control
