// SPDX-License-Identifier: MIT
#include "pages/server.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "metrics/metrics.hpp"
#include "support/hostile_requests.hpp"
#include "unit/pages/temporary.hpp"
#include "unit/pages/web.hpp"

namespace berth::host::pages {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// A server on a thread over a site whose host the test plays.
class Pages : public testing::Test {
protected:
    Pages() {
        files_.write("chat/index.html", "<p>chat</p>");
        files_.write("chat/chat.js", "export {};");
        files_.write("chat/large.bin", std::string(8u << 20, 'x'));
        files_.write("secret.txt", "SECRET");
    }
    ~Pages() override { stop(); }

    void start(Server::Limits limits = {}) {
        auto table = FileTable::read({{"/chat", files_.path() / "chat"}});
        site_.emplace(std::move(*table), std::vector<std::string>{"pages.example.org"},
                      std::vector<std::string>{"ws://127.0.0.1:7900", "wss://0.0.0.0:7901"},
                      [this](const std::string& verb, const HostView::Then& then) { host_(verb, then); });
        auto created = Server::create(listen_on_loopback(port_), *site_, limits);
        if (!created) std::abort();
        server_ = std::move(*created);
        thread_ = std::thread([this] { server_->run(); });
    }
    void stop() {
        if (!thread_.joinable()) return;
        server_->stop();
        thread_.join();
    }
    /// The host answers every verb with this.
    void host_says(json body) {
        host_ = [body = std::move(body)](const std::string&, const HostView::Then& then) { then(body); };
    }
    std::string get(std::string_view target, std::string_view host = "127.0.0.1") {
        return WebPeer(port_).get(target, host);
    }

    TemporaryFiles files_;
    std::uint16_t port_ = 0;
    Site::Ask host_ = [](const std::string&, const HostView::Then& then) {
        then(tl::unexpected(control::Failure{}));
    };
    std::optional<Site> site_;
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

TEST_F(Pages, serve_files_with_their_type_and_strict_headers) {
    start();

    const std::string answer = get("/chat/");

    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer), "<p>chat</p>");
    for (const char* header :
         {"Content-Type: text/html; charset=utf-8\r\n", "X-Content-Type-Options: nosniff\r\n",
          "X-Frame-Options: DENY\r\n", "Referrer-Policy: no-referrer\r\n",
          "Content-Security-Policy: default-src 'none'; script-src 'self';", "frame-ancestors 'none'",
          "Cross-Origin-Resource-Policy: same-origin\r\n", "Cache-Control: no-cache\r\n",
          "Server: berth\r\n"}) {
        EXPECT_THAT(answer, HasSubstr(header));
    }
    EXPECT_THAT(get("/chat/chat.js?v=1"), HasSubstr("text/javascript"));
    const std::string moved = get("/chat");
    EXPECT_EQ(status_of(moved), 301);
    EXPECT_THAT(moved, HasSubstr("Location: /chat/\r\n"));
}

TEST_F(Pages, send_refusals_with_the_same_headers_and_few_words) {
    start();

    const std::string answer = get("/nothing");

    EXPECT_EQ(status_of(answer), 404);
    EXPECT_EQ(body_of(answer), "404 not found\n");
    EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: "));
    EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
}

TEST_F(Pages, answer_404_to_two_hundred_ways_out_of_the_table) {
    std::filesystem::create_directory_symlink(files_.path(), files_.path() / "chat" / "link");
    start();
    const auto paths = test::path_traversals();
    ASSERT_GE(paths.size(), 200u);

    for (const auto& path : paths) {
        const std::string answer = get(path);
        EXPECT_EQ(status_of(answer), 404) << path;
        EXPECT_THAT(answer, Not(HasSubstr("SECRET"))) << path;
    }
}

TEST_F(Pages, never_read_the_disk_after_the_start) {
    start();
    std::filesystem::remove_all(files_.path() / "chat");
    files_.write("chat/new.txt", "new");

    EXPECT_EQ(status_of(get("/chat/chat.js")), 200);
    EXPECT_EQ(status_of(get("/chat/new.txt")), 404);
}

TEST_F(Pages, answer_for_their_own_names_only) {
    start();

    EXPECT_EQ(status_of(get("/chat/", "pages.example.org")), 200);
    EXPECT_EQ(status_of(get("/chat/", "localhost:7680")), 200);
    EXPECT_EQ(status_of(get("/chat/", "evil.example")), 421);
    EXPECT_EQ(status_of(get("/metrics", "evil.example:7680")), 421);
    WebPeer without(port_);
    without.say("GET /chat/ HTTP/1.1\r\n\r\n");
    EXPECT_EQ(status_of(without.hear()), 400);
    WebPeer twice(port_);
    twice.say("GET /chat/ HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n");
    EXPECT_EQ(status_of(twice.hear()), 400);
}

TEST_F(Pages, know_get_and_head_only) {
    start();
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "BREW"}) {
        WebPeer peer(port_);
        peer.say(std::string(method) + " /chat/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const std::string answer = peer.hear();
        EXPECT_EQ(status_of(answer), 405) << method;
        EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
    }
    WebPeer head(port_);
    head.say("HEAD /chat/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string answer = head.hear(/*has_body=*/false);
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_THAT(answer, HasSubstr("Content-Length: 11\r\n"));
    EXPECT_EQ(body_of(head.get("/chat/chat.js")), "export {};");  // Nothing of a body lay in between.
}

TEST_F(Pages, refuse_what_is_no_plain_request) {
    start();
    const std::vector<std::pair<std::string, int>> cases{
        {"GET /chat/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", 413},
        {"GET /chat/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
         "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         413},
        {"GET /chat/ HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", 431},
        {"GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431},
        {"nonsense\r\n\r\n", 400},
        {"GET /chat/ HTTP/9.9\r\nHost: localhost\r\n\r\n", 400},
        {"GET /chat/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400},
        {"GET /chat/\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
    };
    for (const auto& [request, status] : cases) {
        WebPeer peer(port_);
        peer.say(request);
        EXPECT_EQ(status_of(peer.hear()), status) << request.substr(0, 80);
    }
    EXPECT_EQ(status_of(get("/chat/")), 200);
}

TEST_F(Pages, keep_a_connection_for_many_requests_but_not_for_ever) {
    start({.requests_max = 3});
    WebPeer peer(port_);

    EXPECT_EQ(status_of(peer.get("/chat/")), 200);
    EXPECT_EQ(status_of(peer.get("/chat/")), 200);
    const std::string last = peer.get("/chat/");

    EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(peer.is_at_end());
}

TEST_F(Pages, tell_health_readiness_and_metrics_of_the_host) {
    host_says({{"live", true}, {"ready", true}, {"version", "0.1.0"}});
    start();

    EXPECT_EQ(body_of(get("/healthz")), "ok\n");
    EXPECT_EQ(body_of(get("/readyz")), "ready\n");
    const std::string metrics = get("/metrics");
    EXPECT_THAT(metrics, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    EXPECT_THAT(body_of(metrics), HasSubstr("berth_ready 1\n"));
    EXPECT_THAT(body_of(get("/")), HasSubstr("<a href=\"/chat/\">"));
}

TEST_F(Pages, tell_their_scripts_where_the_websockets_are) {
    start();

    const std::string answer = get("/berth.json");

    EXPECT_EQ(status_of(answer), 200);
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_EQ(json::parse(body_of(answer)), json({{"urls", {"ws://127.0.0.1:7900", "wss://0.0.0.0:7901"}}}));
}

TEST_F(Pages, are_not_ready_while_the_host_is_not) {
    host_says({{"live", true}, {"ready", false}});
    start();

    EXPECT_EQ(status_of(get("/healthz")), 200);
    EXPECT_EQ(status_of(get("/readyz")), 503);
    EXPECT_EQ(body_of(get("/readyz")), "503 not ready\n");
}

TEST_F(Pages, say_so_when_the_host_does_not_answer) {
    start();

    EXPECT_EQ(status_of(get("/healthz")), 503);
    EXPECT_EQ(status_of(get("/readyz")), 503);
    EXPECT_EQ(status_of(get("/metrics")), 503);
    EXPECT_EQ(status_of(get("/")), 200);
    EXPECT_EQ(status_of(get("/chat/")), 200);
}

TEST_F(Pages, serve_files_while_the_host_takes_its_time) {
    std::vector<HostView::Then> waiting;
    std::atomic<bool> is_asked{false};
    host_ = [&](const std::string&, const HostView::Then& then) {
        waiting.push_back(then);
        is_asked = true;
    };
    start();
    WebPeer scraper(port_);
    scraper.say("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (!is_asked) std::this_thread::yield();

    EXPECT_EQ(status_of(get("/chat/")), 200);

    waiting.at(0)(json{{"version", "0.1.0"}});
    waiting.clear();
    EXPECT_EQ(status_of(scraper.hear()), 200);
}

TEST_F(Pages, close_a_peer_that_does_not_finish_its_head) {
    start({.head_timeout = std::chrono::milliseconds(50)});
    WebPeer slow(port_);
    slow.say("GET /chat/ HTT");

    EXPECT_TRUE(slow.is_at_end());
}

TEST_F(Pages, close_a_peer_that_trickles_its_head) {
    start({.head_timeout = std::chrono::milliseconds(100)});
    WebPeer slow(port_);
    std::atomic<bool> is_closed{false};
    std::thread trickle([&] {
        slow.say("GET /chat/ HTTP/1.1\r\n");
        while (!is_closed && slow.say("X: y\r\n")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });

    EXPECT_TRUE(slow.is_at_end());
    is_closed = true;
    trickle.join();
}

TEST_F(Pages, close_a_peer_that_does_not_read) {
    start({.write_timeout = std::chrono::milliseconds(50)});
    WebPeer slow(port_);
    slow.say("GET /chat/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::this_thread::sleep_for(
        std::chrono::milliseconds(300));  // Not read on purpose, longer than the limit.

    EXPECT_LT(slow.hear().size(), 8u << 20);
}

TEST_F(Pages, serve_others_while_slow_peers_hold_every_place) {
    start({.connections_max = 8});
    std::vector<std::unique_ptr<WebPeer>> slow;
    for (int i = 0; i < 40; ++i) {
        slow.push_back(std::make_unique<WebPeer>(port_));
        slow.back()->say("GET /chat/ HTT");
    }

    for (int i = 0; i < 10; ++i) EXPECT_EQ(status_of(get("/chat/")), 200);
}

TEST_F(Pages, deliver_a_large_file_whole) {
    start();

    EXPECT_EQ(body_of(get("/chat/large.bin")), std::string(8u << 20, 'x'));
}

TEST_F(Pages, stop_with_peers_connected) {
    start();
    WebPeer idle(port_);
    WebPeer slow(port_);
    slow.say("GET /chat/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");

    stop();
    server_.reset();

    EXPECT_TRUE(idle.is_at_end());
}

}  // namespace
}  // namespace berth::host::pages
