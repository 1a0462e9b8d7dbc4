// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <thread>

#include "control/child_channel.hpp"
#include "control/child_channel_message.hpp"
#include "roles/pages/pages_role.hpp"
#include "unit/control/fixture.hpp"
#include "unit/pages/temporary.hpp"
#include "unit/pages/web.hpp"

namespace berth::host::pages {
namespace {

using control::ChildChannel;
using nlohmann::json;

/// The supervisor's end of a pages role that runs on a thread.
class PagesRole : public testing::Test {
protected:
    PagesRole() {
        files_.write("chat/index.html", "<p>chat</p>");
        control::Server::Options options;
        options.path = directory_.path() / "control.sock";
        server_.emplace(std::move(options), handler_);
        auto pair = ChildChannel::pair();
        channel_.emplace(std::move(pair->first), ChildChannel::Peer::child);
        thread_ = std::thread(
            [this, fd = std::move(pair->second)]() mutable { exit_code_ = roles::run_pages(std::move(fd)); });
    }
    ~PagesRole() override {
        channel_.reset();
        if (thread_.joinable()) thread_.join();
    }

    json configure(const std::string& directory) {
        UniqueFd viewer;
        server_->on_server([&](control::Server& server) { viewer = std::move(*server.open_viewer()); });
        const UniqueFd listener = listen_on_loopback(port_);
        const std::array<int, 2> fds{listener.get(), viewer.get()};
        const json message{
            {"type", "configure"}, {"static", {{"/chat", directory}}}, {"hosts", {"pages.example.org"}}, {"urls", {"ws://127.0.0.1:7900"}}};
        EXPECT_TRUE(channel_->send(message, fds).has_value());
        return hear();
    }
    json hear() {
        auto messages = channel_->receive_within(20'000);
        return messages && !messages->empty() ? messages->front().body : json();
    }

    TemporaryFiles files_;
    control::TemporaryDirectory directory_;
    control::ScriptedHandler handler_;
    std::optional<control::RunningServer> server_;
    std::optional<ChildChannel> channel_;
    std::uint16_t port_ = 0;
    std::thread thread_;
    int exit_code_ = -1;
};

TEST_F(PagesRole, serves_what_it_was_given_until_the_channel_ends) {
    handler_.script = [](const control::Request& request, const control::Reply& reply) {
        reply.ok({{"ready", true}, {"live", true}, {"asked", request.verb}});
    };
    const json ready = configure(files_.path() / "chat");
    EXPECT_EQ(ready, json({{"type", "ready"}, {"files", 2}}));

    EXPECT_EQ(body_of(WebPeer(port_).get("/chat/")), "<p>chat</p>");
    EXPECT_EQ(status_of(WebPeer(port_).get("/chat/", "pages.example.org")), 200);
    EXPECT_EQ(body_of(WebPeer(port_).get("/readyz")), "ready\n");
    EXPECT_EQ(body_of(WebPeer(port_).get("/berth.json")), "{\"urls\":[\"ws://127.0.0.1:7900\"]}\n");

    channel_.reset();
    thread_.join();
    EXPECT_EQ(exit_code_, 0);
}

TEST_F(PagesRole, stops_when_told) {
    configure(files_.path() / "chat");

    ASSERT_TRUE(channel_->send({{"type", "stop"}}).has_value());

    EXPECT_EQ(hear()["type"], "stopped");
    thread_.join();
    EXPECT_EQ(exit_code_, 0);
}

TEST_F(PagesRole, says_why_it_cannot_start) {
    const json failed = configure("/does/not/exist");

    EXPECT_EQ(failed["type"], "failed");
    EXPECT_EQ(failed["message"], "pages /chat: directory /does/not/exist: No such file or directory");
    thread_.join();
    EXPECT_EQ(exit_code_, 1);
}

}  // namespace
}  // namespace berth::host::pages
