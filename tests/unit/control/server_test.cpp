// SPDX-License-Identifier: MIT
#include "control/server.hpp"

#include <gmock/gmock.h>
#include <grp.h>
#include <sys/wait.h>

#include <fstream>

#include "base/log.hpp"
#include "unit/control/fixture.hpp"

namespace berth::host::control {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ControlServer : public testing::Test {
protected:
    [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "run" / "control.sock"; }
    [[nodiscard]] Server::Options options() const {
        Server::Options options;
        options.path = path();
        return options;
    }

    TemporaryDirectory directory_;
    ScriptedHandler handler_;
};

TEST_F(ControlServer, answers_one_line_for_each_request_in_order) {
    const RunningServer server(options(), handler_);
    RawPeer peer(path());

    peer.say(
        "{\"version\":1,\"verb\":\"block\",\"project\":\"a\"}\n{\"version\":1,\"verb\":\"open\",\"project\":"
        "\"b\"}\n");

    EXPECT_EQ(peer.hear_json(), json::parse(R"({"ok":true,"verb":"block","echo":{"project":"a"},"uid":)" +
                                            std::to_string(::geteuid()) + "}"));
    EXPECT_EQ(peer.hear_json()["verb"], "open");
}

TEST_F(ControlServer, makes_the_socket_for_owner_and_group_only) {
    const RunningServer server(options(), handler_);
    struct stat socket {};
    struct stat parent {};

    ASSERT_EQ(::stat(path().c_str(), &socket), 0);
    ASSERT_EQ(::stat(path().parent_path().c_str(), &parent), 0);

    EXPECT_EQ(socket.st_mode & 07777, 0660u);
    EXPECT_EQ(parent.st_mode & 07777, 0750u);
}

TEST_F(ControlServer, refuses_what_is_not_a_request_and_goes_on) {
    const RunningServer server(options(), handler_);
    RawPeer peer(path());
    const std::vector<std::pair<std::string, std::string>> cases{
        {"not json", "a request is one JSON object on a line"},
        {"[1,2]", "a request is one JSON object on a line"},
        {"{\"verb\":\"status\"", "a request is one JSON object on a line"},
        {std::string(20'000, '['), "a request is one JSON object on a line"},
        {"{\"version\":1,\"verb\":\"\xff\"}", "a request is one JSON object on a line"},
        {R"({"verb":"status"})", R"(a request says which protocol it speaks: "version":1)"},
        {R"({"version":2,"verb":"status"})", "this host speaks version 1 of the control protocol"},
        {R"({"version":"1","verb":"status"})", "this host speaks version 1 of the control protocol"},
        {R"({"version":1})", R"(a request names its verb: "verb":"status")"},
        {R"({"version":1,"verb":7})", R"(a request names its verb: "verb":"status")"},
        {R"({"version":1,"verb":"restart"})", R"(unknown verb "restart")"},
        {R"({"version":1,"verb":"clients","projekt":"chat"})", R"(clients: takes no argument "projekt")"},
        {R"({"version":1,"verb":"clients","limit":-1})",
         "clients: argument limit must be a whole number from 0 to 9223372036854775807"},
    };

    for (const auto& [request, sentence] : cases) {
        peer.say(request + "\n");
        const json reply = peer.hear_json();
        EXPECT_EQ(reply["ok"], false) << request;
        EXPECT_EQ(reply["code"], 2) << request;
        EXPECT_EQ(reply["error"], sentence) << request;
    }
    EXPECT_EQ(handler_.handled, 0);

    peer.say("{\"version\":1,\"verb\":\"status\"}\n");
    EXPECT_EQ(peer.hear_json()["ok"], true);
}

TEST_F(ControlServer, takes_a_request_of_exactly_the_limit_and_refuses_one_byte_more) {
    const RunningServer server(options(), handler_);
    std::string request = R"({"version":1,"verb":"send","client":"7","kind":"text","payload":"")";
    request.insert(request.size() - 1, std::string((64u << 10) - request.size() - 1, 'x'));
    request += '}';
    ASSERT_EQ(request.size(), 64u << 10);

    RawPeer fits(path());
    fits.say(request + "\n");
    EXPECT_EQ(fits.hear_json()["ok"], true);

    RawPeer too_long(path());
    too_long.say(" " + request + "\n");
    EXPECT_EQ(too_long.hear_json(),
              json({{"ok", false}, {"code", 2}, {"error", "a request may have 65536 bytes"}}));
    EXPECT_EQ(too_long.hear(), "");
}

TEST_F(ControlServer, reads_no_more_than_the_limit_from_a_flood_without_newline) {
    const RunningServer server(options(), handler_);
    RawPeer peer(path());

    peer.say(std::string(8u << 20, 'x'));

    EXPECT_THAT(peer.hear(), HasSubstr("a request may have 65536 bytes"));
    EXPECT_EQ(peer.hear(), "");
}

TEST_F(ControlServer, closes_a_request_that_is_not_complete_in_time) {
    auto short_time = options();
    short_time.request_timeout = std::chrono::milliseconds(50);
    const RunningServer server(short_time, handler_);
    RawPeer peer(path());

    peer.say("{\"version\":1,");

    EXPECT_THAT(peer.hear(), HasSubstr("a request must be complete within 50 ms"));
    EXPECT_EQ(peer.hear(), "");
}

TEST_F(ControlServer, bytes_that_trickle_do_not_extend_the_time_of_a_request) {
    auto short_time = options();
    short_time.request_timeout = std::chrono::milliseconds(100);
    const RunningServer server(short_time, handler_);
    RawPeer peer(path());
    std::atomic<bool> is_closed{false};
    std::thread trickle([&] {
        while (!is_closed) {
            peer.say(" ");
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });

    EXPECT_THAT(peer.hear(), HasSubstr("must be complete"));
    is_closed = true;
    trickle.join();
}

TEST_F(ControlServer, closes_an_idle_peer_but_not_a_viewer) {
    auto short_time = options();
    short_time.idle_timeout = std::chrono::milliseconds(30);
    RunningServer server(short_time, handler_);
    UniqueFd viewer;
    server.on_server([&](Server& s) { viewer = std::move(*s.open_viewer()); });
    RawPeer peer(path());

    EXPECT_EQ(peer.hear(), "");
    EXPECT_TRUE(eventually([&] { return server.connections() == 1; }));
}

TEST_F(ControlServer, answers_a_peer_that_ends_its_side_after_the_request) {
    const RunningServer server(options(), handler_);
    RawPeer with_newline(path());
    with_newline.say("{\"version\":1,\"verb\":\"health\"}\n");
    with_newline.finish();
    EXPECT_EQ(with_newline.hear_json()["ok"], true);
    EXPECT_EQ(with_newline.hear(), "");

    RawPeer without(path());
    without.say("{\"version\":1,\"verb\":\"health\"}");
    without.finish();
    EXPECT_EQ(without.hear_json()["ok"], true);
    EXPECT_EQ(without.hear(), "");
}

TEST_F(ControlServer, keeps_a_reply_that_comes_later_and_reads_nothing_meanwhile) {
    std::optional<Reply> kept;
    handler_.script = [&](const Request& request, Reply reply) {
        if (request.verb == "stats")
            kept = reply;
        else
            reply.ok();
    };
    RunningServer server(options(), handler_);
    RawPeer peer(path());
    peer.say("{\"version\":1,\"verb\":\"stats\"}\n{\"version\":1,\"verb\":\"health\"}\n");
    ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));

    server.on_server([&](Server&) { kept->ok({{"late", true}}); });

    EXPECT_EQ(peer.hear_json()["late"], true);
    EXPECT_EQ(peer.hear_json(), json({{"ok", true}}));
    server.on_server([&](Server&) { kept.reset(); });
}

TEST_F(ControlServer, answers_for_a_handler_that_drops_its_reply) {
    handler_.script = [](const Request&, const Reply&) {};
    const RunningServer server(options(), handler_);
    RawPeer peer(path());

    peer.say("{\"version\":1,\"verb\":\"status\"}\n");

    const json reply = peer.hear_json();
    EXPECT_EQ(reply["code"], 1);
    EXPECT_EQ(reply["error"], "the host dropped the request without an answer");
}

TEST_F(ControlServer, tells_a_stream_that_its_reader_has_gone) {
    std::optional<Reply> stream;
    std::atomic<int> gone{0};
    handler_.script = [&](const Request&, Reply reply) {
        stream = reply;
        stream->when_gone([&] { ++gone; });
        stream->more({{"record", 1}});
    };
    RunningServer server(options(), handler_);
    RawPeer peer(path());
    peer.say("{\"version\":1,\"verb\":\"logs\",\"follow\":true}\n");
    EXPECT_EQ(peer.hear_json(), json({{"more", true}, {"record", 1}}));
    server.on_server([&](Server&) { stream->more({{"record", 2}}); });
    EXPECT_EQ(peer.hear_json()["record"], 2);

    peer.close();

    EXPECT_TRUE(eventually([&] { return gone == 1; }));
    server.on_server([&](Server&) {
        EXPECT_FALSE(stream->is_wanted());
        stream->more({{"record", 3}});  // A no-op.
        stream.reset();
    });
    EXPECT_EQ(server.connections(), 0u);
}

TEST_F(ControlServer, breaks_off_a_reader_of_a_stream_that_does_not_read) {
    std::optional<Reply> stream;
    handler_.script = [&](const Request&, Reply reply) { stream = std::move(reply); };
    auto small = options();
    small.output_bytes_max = 1u << 20;
    RunningServer server(small, handler_);
    RawPeer peer(path());
    peer.say("{\"version\":1,\"verb\":\"logs\",\"follow\":true}\n");
    ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));

    server.on_server([&](Server&) {
        for (int i = 0; i < 64 && stream->is_wanted(); ++i)
            stream->more({{"record", std::string(64u << 10, 'x')}});
        EXPECT_FALSE(stream->is_wanted());
    });

    EXPECT_TRUE(eventually([&] { return server.connections() == 0; }));
    server.on_server([&](Server&) { stream.reset(); });
}

TEST_F(ControlServer, writes_a_large_reply_to_a_slow_reader_whole) {
    handler_.script = [](const Request&, const Reply& reply) {
        reply.ok({{"text", std::string(8u << 20, 'y')}});
    };
    const RunningServer server(options(), handler_);
    RawPeer peer(path());

    peer.say("{\"version\":1,\"verb\":\"clients\"}\n");
    ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));

    EXPECT_EQ(peer.hear_json()["text"].get<std::string>().size(), 8u << 20);
}

TEST_F(ControlServer, answers_text_that_is_not_utf8_without_failing) {
    handler_.script = [](const Request&, const Reply& reply) { reply.ok({{"path", "/a\xff"}}); };
    const RunningServer server(options(), handler_);
    RawPeer peer(path());

    peer.say("{\"version\":1,\"verb\":\"clients\"}\n");

    EXPECT_EQ(peer.hear_json()["path"], "/a\xEF\xBF\xBD");
}

TEST_F(ControlServer, limits_the_connections) {
    auto few = options();
    few.connections_max = 2;
    RunningServer server(few, handler_);
    RawPeer first(path());
    RawPeer second(path());
    ASSERT_TRUE(eventually([&] { return server.connections() == 2; }));

    RawPeer third(path());

    const json reply = third.hear_json();
    EXPECT_EQ(reply["code"], 75);
    EXPECT_EQ(reply["error"], "2 control connections are open; close one and try again");
    EXPECT_EQ(third.hear(), "");
}

TEST_F(ControlServer, a_viewer_may_look_and_not_touch) {
    RunningServer server(options(), handler_);
    UniqueFd viewer;
    server.on_server([&](Server& s) { viewer = std::move(*s.open_viewer()); });
    const auto ask = [&](const std::string& request) {
        const std::string line = request + "\n";
        EXPECT_EQ(::send(viewer.get(), line.data(), line.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(line.size()));
        std::string reply(4096, '\0');
        const auto n = ::recv(viewer.get(), reply.data(), reply.size(), 0);
        reply.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return json::parse(reply, nullptr, false);
    };

    EXPECT_EQ(ask(R"({"version":1,"verb":"stats"})")["ok"], true);
    EXPECT_EQ(ask(R"({"version":1,"verb":"service","project":"chat"})")["ok"], true);
    EXPECT_EQ(handler_.handled, 2);
    for (const char* request :
         {R"({"version":1,"verb":"stop"})", R"({"version":1,"verb":"block","project":"chat"})",
          R"({"version":1,"verb":"logs"})", R"({"version":1,"verb":"service","project":"chat","run":true})",
          R"({"version":1,"verb":"disconnect","client":"1"})"}) {
        EXPECT_EQ(ask(request)["code"], 77) << request;
    }
    EXPECT_EQ(handler_.handled, 2);
}

TEST_F(ControlServer, writes_every_change_to_the_log_with_its_caller) {
    std::mutex mutex;
    std::vector<std::string> lines;
    log::set_sink([&](const log::Line& line) {
        const std::lock_guard lock(mutex);
        std::string text(line.message);
        for (const auto& field : line.fields) text += " " + std::string(field.key) + "=" + field.value;
        lines.push_back(text);
    });
    {
        const RunningServer server(options(), handler_);
        RawPeer peer(path());
        peer.say("{\"version\":1,\"verb\":\"clients\"}\n");
        peer.hear();
        peer.say(R"({"version":1,"verb":"send","client":"5","kind":"text","payload":"secret"})"
                 "\n");
        peer.hear();
    }
    log::set_sink([](const log::Line&) {});

    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0], "control request verb=send uid=" + std::to_string(::geteuid()) +
                            " pid=" + std::to_string(::getpid()) + " client=5");
}

TEST_F(ControlServer, replaces_a_socket_that_a_dead_host_left) {
    std::filesystem::create_directory(path().parent_path());
    {
        const UniqueFd left(::socket(AF_UNIX, SOCK_STREAM, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
        ASSERT_EQ(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    }
    const RunningServer server(options(), handler_);
    RawPeer peer(path());

    peer.say("{\"version\":1,\"verb\":\"health\"}\n");

    EXPECT_EQ(peer.hear_json()["ok"], true);
}

TEST_F(ControlServer, leaves_the_path_free_when_it_ends) {
    { const RunningServer server(options(), handler_); }

    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(ControlServer, refuses_a_path_where_another_host_answers) {
    const RunningServer server(options(), handler_);

    const auto second = Server::create(options(), handler_);

    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().message,
              "another host answers at " + path().string() +
                  "; stop it with `berth stop`, or give this one its own host.control");
    RawPeer peer(path());
    peer.say("{\"version\":1,\"verb\":\"health\"}\n");
    EXPECT_EQ(peer.hear_json()["ok"], true);
}

TEST_F(ControlServer, refuses_unsafe_and_impossible_places) {
    const auto sentence = [&](const std::filesystem::path& place) {
        auto o = options();
        o.path = place;
        const auto created = Server::create(o, handler_);
        return created ? "created" : created.error().message;
    };
    const auto open = directory_.path() / "open";
    std::filesystem::create_directory(open);
    std::filesystem::permissions(open, std::filesystem::perms::all);
    std::ofstream(directory_.path() / "file") << "kept";

    EXPECT_EQ(sentence(open / "control.sock"),
              "control socket: the directory " + open.string() +
                  " may be written by everybody; choose another with host.control");
    EXPECT_THAT(sentence(directory_.path() / "file"), HasSubstr("is there and is not a socket"));
    EXPECT_THAT(sentence(directory_.path() / "file" / "control.sock"), HasSubstr("is not a directory"));
    EXPECT_THAT(sentence(directory_.path() / std::string(120, 'x')),
                HasSubstr("a socket's path may have 107 bytes"));
    EXPECT_EQ(std::filesystem::file_size(directory_.path() / "file"), 4u);
}

/// What a process of another user hears at the socket: the errno of connect, or the first line.
std::string hear_as(uid_t uid, gid_t gid, std::vector<gid_t> groups, const std::filesystem::path& path) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0)
            ::_exit(9);
        RawPeer peer(path);
        std::string heard = std::strerror(errno);
        if (peer.is_connected()) {
            peer.say("{\"version\":1,\"verb\":\"health\"}\n");
            heard = peer.hear();
        }
        static_cast<void>(::write(pipe[1], heard.data(), heard.size()));
        ::_exit(0);
    }
    ::close(pipe[1]);
    std::string heard(4096, '\0');
    const auto n = ::read(pipe[0], heard.data(), heard.size());
    heard.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return heard;
}

TEST_F(ControlServer, serves_members_of_its_group_and_nobody_else) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to become other users";
    constexpr uid_t somebody = 54321;
    constexpr gid_t operators = 54322;
    ::chmod(directory_.path().c_str(), 0755);
    auto grouped = options();
    grouped.group = operators;
    const RunningServer server(grouped, handler_);

    EXPECT_EQ(hear_as(somebody, somebody, {}, path()), "Permission denied");
    EXPECT_THAT(hear_as(somebody, operators, {}, path()), HasSubstr("\"ok\":true"));
    EXPECT_THAT(hear_as(somebody, somebody, {operators}, path()), HasSubstr("\"ok\":true"));

    // Even where the file modes were opened by hand, the kernel's word on the peer decides.
    ::chmod(path().parent_path().c_str(), 0755);
    ::chmod(path().c_str(), 0666);
    const json refused = json::parse(hear_as(somebody, somebody, {}, path()), nullptr, false);
    EXPECT_EQ(refused["code"], 77);
    EXPECT_EQ(refused["error"], "uid 54321 may not control this host; ask for membership in its group");
}

}  // namespace
}  // namespace berth::host::control
