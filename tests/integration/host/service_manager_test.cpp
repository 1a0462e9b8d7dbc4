// SPDX-License-Identifier: MIT
/// `berth serve` below a service manager: passed sockets (LISTEN_FDS) and what it tells (NOTIFY_SOCKET, WATCHDOG_USEC).
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

#include "integration/host/suite.hpp"
#include "support/held_port.hpp"
#include "support/managed.hpp"

namespace berth::test {

using testing::HasSubstr;

namespace {

/// A NOTIFY_SOCKET, and what came to it.
class NotifySocket {
public:
    explicit NotifySocket(const std::filesystem::path& path) : path_(path), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    ~NotifySocket() { ::close(fd_); }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    [[nodiscard]] std::string path() const { return path_.string(); }

    /// Waits for a message that has this line; all that came stay in `all`.
    bool hears(const std::string& line, Deadline deadline = Deadline::usual()) {
        while (true) {
            pollfd ready{fd_, POLLIN, 0};
            if (::poll(&ready, 1, deadline.left_ms()) <= 0) return false;
            char bytes[4096];
            const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
            if (got <= 0) return false;
            const std::string message(bytes, static_cast<std::size_t>(got));
            all.push_back(message);
            if (("\n" + message + "\n").find("\n" + line + "\n") != std::string::npos) return true;
        }
    }
    std::vector<std::string> all;

private:
    std::filesystem::path path_;
    int fd_;
};

/// The small parent: starts `berth serve` with these sockets as 3, 4, ... and this environment.
class Managed : public testing::Test {
protected:
    Managed() {
        for (const auto* name : {"plugins", "state", "run"}) std::filesystem::create_directory(directory / name);
        std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
        install_file(shipped_project("echo"), directory / "plugins" / "echo.so");
    }
    ~Managed() override {
        if (pid > 0) end();
        if (HasFailure()) std::cerr << "---- log of the host\n" << log() << "----\n";
    }

    void start(std::uint16_t port, const std::vector<int>& sockets, const Environment& more = {}) {
        write_file(directory / "berth.toml",
                   "[host]\nplugins = \"" + (directory / "plugins").string() + "\"\nstate = \"" + (directory / "state").string() +
                       "\"\nrun = \"" + (directory / "run").string() + "\"\nio_threads = 1\n[[listen]]\naddress = \"127.0.0.1:" +
                       std::to_string(port) + "\"\n");
        pid = spawn_managed({berth_executable(), "serve", "--config", directory / "berth.toml"}, directory / "log", sockets, more);
    }
    /// A second signal would end it at once.
    void ask_to_end() {
        if (!std::exchange(is_asked, true)) ::kill(pid, SIGTERM);
    }
    int end() {
        ask_to_end();
        is_asked = false;
        const auto code = wait_for(std::exchange(pid, -1), Deadline{std::chrono::seconds{40}});
        return code.value_or(-1);
    }
    [[nodiscard]] std::string log() const { return read_file(directory / "log"); }
    [[nodiscard]] bool logs(std::string_view text) const {
        return eventually([&] { return log().find(text) != std::string::npos; }, Deadline{std::chrono::seconds{30}});
    }

    TempDir directory{"berth-managed"};
    pid_t pid = -1;
    bool is_asked = false;
};

}  // namespace

TEST_F(Managed, serves_on_a_passed_socket_and_newcomers_wait_in_it_from_one_host_to_the_next) {
    const PassedSocket socket;
    // Before any host is there: the kernel keeps it.
    RawClient early{socket.endpoint()};
    start(socket.endpoint().port, {socket.fd()});
    ASSERT_TRUE(logs("berth is ready")) << log();
    EXPECT_EQ(early.ask("/echo").status, 101);
    {
        WsClient client{socket.endpoint(), "/echo"};
        ASSERT_TRUE(client.says("hi"));
        EXPECT_EQ(client.hears(), "hi");
    }
    EXPECT_EQ(log().find("a passed socket is not used"), std::string::npos);
    EXPECT_EQ(end(), 0);

    // Nobody is refused while the next host starts.
    RawClient between{socket.endpoint()};
    start(socket.endpoint().port, {socket.fd()});
    EXPECT_EQ(between.ask("/echo", {}, Deadline{std::chrono::seconds{30}}).status, 101);
    EXPECT_EQ(end(), 0);
}

TEST_F(Managed, names_a_passed_socket_that_no_listener_has_and_opens_its_own) {
    const PassedSocket socket, other;
    const HeldPort held;
    const Endpoint own{.port = held.number()};
    start(own.port, {socket.fd(), other.fd()});
    ASSERT_TRUE(logs("berth is ready")) << log();

    EXPECT_TRUE(logs("a passed socket is not used: no [[listen]] has its address"));
    EXPECT_TRUE(logs("127.0.0.1:" + std::to_string(socket.endpoint().port)));
    WsClient client{own, "/echo"};
    ASSERT_TRUE(client.says("hi"));
    EXPECT_EQ(client.hears(), "hi");
    EXPECT_EQ(end(), 0);
}

TEST_F(Managed, tells_that_it_is_ready_when_it_serves_and_that_it_stops) {
    const PassedSocket socket;
    NotifySocket manager(directory / "notify.sock");
    start(socket.endpoint().port, {socket.fd()}, {{"NOTIFY_SOCKET", manager.path()}});

    ASSERT_TRUE(manager.hears("READY=1", Deadline{std::chrono::seconds{30}})) << log();
    EXPECT_THAT(manager.all.back(), HasSubstr("STATUS=serving"));
    RawClient client{socket.endpoint()};
    EXPECT_EQ(client.ask("/echo").status, 101) << "ready means that a newcomer is served";

    ask_to_end();
    EXPECT_TRUE(manager.hears("STOPPING=1"));
    EXPECT_EQ(end(), 0);
}

TEST_F(Managed, feeds_the_watchdog_for_as_long_as_its_loop_turns) {
    const PassedSocket socket;
    NotifySocket manager(directory / "notify.sock");
    start(socket.endpoint().port, {socket.fd()}, {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "3000000"}});
    ASSERT_TRUE(manager.hears("READY=1", Deadline{std::chrono::seconds{30}})) << log();

    for (int i = 0; i < 3; ++i) EXPECT_TRUE(manager.hears("WATCHDOG=1"));
    EXPECT_EQ(end(), 0);
}

TEST_F(Managed, feeds_no_watchdog_that_nobody_asked_for) {
    const PassedSocket socket;
    NotifySocket manager(directory / "notify.sock");
    start(socket.endpoint().port, {socket.fd()}, {{"NOTIFY_SOCKET", manager.path()}});
    ASSERT_TRUE(manager.hears("READY=1", Deadline{std::chrono::seconds{30}})) << log();
    ask_to_end();
    EXPECT_TRUE(manager.hears("STOPPING=1"));
    EXPECT_EQ(end(), 0);

    for (const std::string& message : manager.all) EXPECT_EQ(message.find("WATCHDOG"), std::string::npos);
}

TEST_F(Managed, is_not_held_up_by_a_manager_that_does_not_read) {
    NotifySocket manager{directory / "notify"};
    const int filler = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, manager.path().c_str(), sizeof address.sun_path - 1);
    while (::sendto(filler, "x", 1, 0, reinterpret_cast<sockaddr*>(&address), sizeof address) == 1) {
    }
    ASSERT_EQ(errno, EAGAIN);

    start(0, {}, {{"NOTIFY_SOCKET", manager.path()}});

    EXPECT_TRUE(logs("host is ready")) << log();
    EXPECT_THAT(log(), HasSubstr("service manager was not told"));
    EXPECT_EQ(end(), 0);
    ::close(filler);
}

}  // namespace berth::test
