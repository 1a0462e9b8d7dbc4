// SPDX-License-Identifier: MIT
#include "control/client.hpp"

#include <gmock/gmock.h>

#include "unit/control/fixture.hpp"

namespace berth::host::control {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ControlClient : public testing::Test {
protected:
    [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "control.sock"; }
    [[nodiscard]] Server::Options options() const {
        Server::Options options;
        options.path = path();
        return options;
    }
    TemporaryDirectory directory_;
    ScriptedHandler handler_;
};

TEST_F(ControlClient, says_how_to_start_a_host_that_is_not_running) {
    const auto client = Client::connect(path());

    ASSERT_FALSE(client.has_value());
    EXPECT_EQ(client.error().code, ReplyCode::unavailable);
    EXPECT_EQ(client.error().sentence,
              "host not running: no answer at " + path().string() + "; start it with `berth serve`");
}

TEST_F(ControlClient, asks_and_hears) {
    const RunningServer server(options(), handler_);
    auto client = Client::connect(path());
    ASSERT_TRUE(client.has_value());

    const auto reply = client->call({{"verb", "open"}, {"project", "chat"}});

    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ((*reply)["echo"]["project"], "chat");
}

TEST_F(ControlClient, gives_a_refusal_with_its_code) {
    handler_.script = [](const Request&, const Reply& reply) {
        reply.fail(ReplyCode::not_found, "no client 7");
    };
    const RunningServer server(options(), handler_);
    auto client = Client::connect(path());

    const auto reply = client->call({{"verb", "disconnect"}, {"client", "7"}});

    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().code, ReplyCode::not_found);
    EXPECT_EQ(reply.error().sentence, "no client 7");
}

TEST_F(ControlClient, skips_the_reply_that_came_too_late) {
    std::optional<Reply> kept;
    handler_.script = [&](const Request& request, Reply reply) {
        if (request.verb == "stats")
            kept = std::move(reply);
        else
            reply.ok({{"verb", request.verb}});
    };
    RunningServer server(options(), handler_);
    auto client = Client::connect(path());
    const auto late = client->call({{"verb", "stats"}}, std::chrono::milliseconds(20));
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code, ReplyCode::try_again);
    ASSERT_TRUE(eventually([&] {
        bool was_kept = false;
        server.on_server([&](Server&) {
            was_kept = kept.has_value();
            if (was_kept) std::exchange(kept, std::nullopt)->ok({{"verb", "stats"}});
        });
        return was_kept;
    }));

    const auto reply = client->call({{"verb", "health"}});

    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ((*reply)["verb"], "health");
}

TEST_F(ControlClient, follows_a_stream_to_its_end) {
    handler_.script = [](const Request&, const Reply& reply) {
        for (int i = 0; i < 3; ++i) reply.more({{"record", i}});
        reply.ok({{"dropped", 0}});
    };
    const RunningServer server(options(), handler_);
    auto client = Client::connect(path());
    std::vector<int> heard;

    const auto end = client->stream({{"verb", "logs"}}, [&](const json& line) {
        heard.push_back(line["record"]);
        return true;
    });

    EXPECT_EQ(heard, (std::vector<int>{0, 1, 2}));
    ASSERT_TRUE(end.has_value());
    EXPECT_EQ((*end)["dropped"], 0);
}

TEST_F(ControlClient, pages_through_ten_thousand_elements) {
    handler_.script = [](const Request& request, const Reply& reply) {
        const auto after = std::stoul(request.arguments.value("after", "0"));
        const auto limit = request.arguments["limit"].get<std::size_t>();
        json page = json::array();
        for (std::size_t id = after + 1; id <= 10'000 && page.size() < limit; ++id)
            page.push_back({{"id", std::to_string(id)}});
        const bool is_last = page.empty() || page.back()["id"] == "10000";
        json next = is_last ? json() : page.back()["id"];
        reply.ok({{"clients", std::move(page)}, {"total", 10'000}, {"after", std::move(next)}});
    };
    const RunningServer server(options(), handler_);
    auto client = Client::connect(path());
    std::size_t count = 0;
    std::string last;
    const auto each = [&](json& element) {
        ++count;
        last = element["id"];
    };

    ASSERT_TRUE(client->page({{"verb", "clients"}}, "clients", SIZE_MAX, each).has_value());
    EXPECT_EQ(count, 10'000u);
    EXPECT_EQ(last, "10000");
    EXPECT_EQ(handler_.handled, 10);

    count = 0;
    ASSERT_TRUE(client->page({{"verb", "clients"}}, "clients", 1500, each).has_value());
    EXPECT_EQ(count, 1500u);
    EXPECT_EQ(last, "1500");
}

TEST_F(ControlClient, says_that_the_host_closed_when_it_did) {
    handler_.script = [](const Request&, const Reply&) {};
    Answer<Client> client = tl::unexpected(Failure{});
    {
        const RunningServer server(options(), handler_);
        client = Client::connect(path());
        ASSERT_TRUE(client.has_value());
    }

    const auto reply = client->call({{"verb", "status"}});

    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().code, ReplyCode::unavailable);
    EXPECT_THAT(reply.error().sentence, HasSubstr("closed the control connection"));
    EXPECT_TRUE(client->wait_closed(std::chrono::seconds(5)));
}

TEST_F(ControlClient, is_not_fooled_by_something_else_at_the_path) {
    const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    auto client = Client::connect(path());
    ASSERT_TRUE(client.has_value());
    const UniqueFd accepted(::accept(listener.get(), nullptr, nullptr));
    ASSERT_GT(::send(accepted.get(), "SSH-2.0\n", 8, 0), 0);

    const auto reply = client->call({{"verb", "status"}});

    ASSERT_FALSE(reply.has_value());
    EXPECT_THAT(reply.error().sentence, HasSubstr("does not speak its protocol"));
}

}  // namespace
}  // namespace berth::host::control
