// SPDX-License-Identifier: MIT
#include "pages/host_view.hpp"

#include <gtest/gtest.h>

#include <future>

#include "unit/control/fixture.hpp"

namespace berth::host::pages {
namespace {

using control::Reply;
using control::Request;

class HostViewOf : public testing::Test {
protected:
    HostViewOf() {
        control::Server::Options options;
        options.path = directory_.path() / "control.sock";
        server_.emplace(std::move(options), handler_);
    }
    UniqueFd viewer() {
        UniqueFd end;
        server_->on_server([&](control::Server& server) { end = std::move(*server.open_viewer()); });
        return end;
    }
    static HostView::Reply ask(HostView& view, const std::string& verb) {
        std::promise<HostView::Reply> promise;
        view.ask(verb, [&](const HostView::Reply& reply) { promise.set_value(reply); });
        return promise.get_future().get();
    }

    control::TemporaryDirectory directory_;
    control::ScriptedHandler handler_;
    std::optional<control::RunningServer> server_;
};

TEST_F(HostViewOf, a_host_asks_and_remembers_for_a_moment) {
    handler_.script = [](const Request& request, const Reply& reply) { reply.ok({{"verb", request.verb}}); };
    HostView view(viewer());

    for (int i = 0; i < 20; ++i) EXPECT_EQ((*ask(view, "stats"))["verb"], "stats");
    EXPECT_LT(handler_.handled, 20);
    EXPECT_EQ((*ask(view, "health"))["verb"], "health");
}

TEST_F(HostViewOf, a_silent_host_ends_the_wait_and_is_heard_later) {
    std::optional<Reply> kept;
    handler_.script = [&](const Request&, Reply reply) { kept = std::move(reply); };
    HostView view(viewer(), std::chrono::milliseconds(20));

    EXPECT_FALSE(ask(view, "health").has_value());

    server_->on_server([&](control::Server&) {
        kept->ok({{"ready", false}});
        kept.reset();
        handler_.script = [](const Request&, const Reply& reply) { reply.ok({{"ready", true}}); };
    });
    EXPECT_TRUE(control::eventually([&] {
        const auto reply = ask(view, "health");
        return reply && (*reply)["ready"] == true;
    }));
}

TEST_F(HostViewOf, a_host_that_has_gone_is_no_reply) {
    HostView view(viewer());
    server_.reset();

    EXPECT_FALSE(ask(view, "health").has_value());
}

TEST_F(HostViewOf, a_crowd_is_turned_away_at_once) {
    std::optional<Reply> kept;
    handler_.script = [&](const Request&, Reply reply) { kept = std::move(reply); };
    std::atomic<int> refused{0};
    {
        HostView view(viewer(), std::chrono::milliseconds(500));
        for (int i = 0; i < 200; ++i) {
            view.ask("health", [&](const HostView::Reply& reply) {
                if (!reply && reply.error().sentence == "too many wait for the host") ++refused;
            });
        }
        // One is asked, and as many wait as may.
        EXPECT_GE(refused, 200 - 64 - 1);
    }
    server_->on_server([&](control::Server&) { kept.reset(); });
}

}  // namespace
}  // namespace berth::host::pages
