// SPDX-License-Identifier: MIT
/// What somebody writes to the control socket, behind one byte that says whether a viewer does: every line gets one
/// reply, and the handler sees only requests that passed the rules.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "control/server.hpp"
#include "control/verbs.hpp"
#include "fuzz/target.hpp"

namespace berth::fuzz {
namespace {

using namespace host;
using namespace host::control;
using nlohmann::json;

/// Answers at once, in the ways that a supervisor does.
class Answerer final : public Handler {
public:
    void handle(Request request, Reply reply) override {
        ++handled;
        const Verb* const verb = find_verb(request.verb);
        promise(verb != nullptr, "only known verbs are handled");
        promise(request.arguments.is_object() && check_arguments(*verb, request.arguments).has_value(),
                "arguments have their shape");
        if (is_viewer) promise(verb->is_viewable && !is_mutating(*verb, request.arguments), "viewers change nothing");
        if (handled % 3 == 1) reply.more({{"line", 1}});
        if (handled % 3 == 2) return reply.fail(ReplyCode::not_found, "nobody");
        reply.ok({{"echo", request.arguments}});
    }

    std::size_t handled = 0;
    bool is_viewer = false;
};

/// One server for all inputs.
struct Harness {
    Harness() {
        log::set_sink([](const log::Line&) {});
        std::string name = (std::filesystem::temp_directory_path() / "berth-fuzz-XXXXXX").string();
        promise(::mkdtemp(name.data()) != nullptr, "there is a directory");
        directory = name;
        auto made = Server::create({.path = directory / "control.sock", .group = {}}, answerer);
        promise(made.has_value(), "there is a server");
        server = std::move(*made);
    }
    ~Harness() {
        server.reset();
        std::filesystem::remove_all(directory);
    }

    UniqueFd connect(bool is_viewer) {
        if (is_viewer) return std::move(*server->open_viewer());
        UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = directory / "control.sock";
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        promise(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "it listens");
        return fd;
    }

    /// All that comes back until the server closes.
    std::string replies(int fd) {
        std::string text;
        for (int turns = 0; turns < 10'000; ++turns) {
            server->turn();
            char bytes[4096];
            const ssize_t got = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
            if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
            if (got == 0 || (got < 0 && errno == ECONNRESET)) return text;
            if (got > 0) continue;
            pollfd ready[2] = {{fd, POLLIN, 0}, {server->fd(), POLLIN, 0}};
            promise(::poll(ready, 2, 10'000) > 0, "the server answers");
        }
        promise(false, "the server comes to an end with a peer that has left");
        return text;
    }

    std::filesystem::path directory;
    Answerer answerer;
    std::unique_ptr<Server> server;
};

}  // namespace

std::vector<std::string> seeds() {
    return {
        "a{\"version\":1,\"verb\":\"status\"}\n{\"version\":1,\"verb\":\"projects\"}\n",
        "v{\"version\":1,\"verb\":\"clients\",\"project\":\"chat\",\"limit\":10}\n",
        "v{\"version\":1,\"verb\":\"stop\"}\n",
        "a{\"version\":1,\"verb\":\"execute\",\"project\":\"chat\",\"client\":\"12\",\"procedure\":\"say\","
        "\"args\":[{\"type\":\"text\",\"value\":\"hi\"},{\"type\":\"int\",\"value\":\"5\"}]}\n",
        "a{\"version\":1,\"verb\":\"send\",\"client\":\"18446744073709551615\",\"text\":\"\\u00e4\"}",
        "a{\"version\":2,\"verb\":\"status\"}\n\n[1,2]\n{\"verb\":7}\n{\"version\":1}\nnonsense\n",
        "a" + std::string(300, '[') + "\n",
    };
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::fuzz;
    static Harness harness;
    constexpr std::size_t input_bytes_max = 60'000;  // What the socket takes without a reader, and a request may have.
    if (size == 0 || size > input_bytes_max) return 0;
    harness.answerer.is_viewer = data[0] == 'v';
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);

    const auto peer = harness.connect(harness.answerer.is_viewer);
    promise(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()), "the socket takes it");
    ::shutdown(peer.get(), SHUT_WR);
    const std::string replies = harness.replies(peer.get());

    std::size_t lines = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines += end > at ? 1 : 0;
        at = end + 1;
    }
    std::size_t last = 0;
    for (std::size_t at = 0; at < replies.size();) {
        const std::size_t end = replies.find('\n', at);
        promise(end != std::string::npos, "replies end with their line");
        const json reply = json::parse(replies.substr(at, end - at), nullptr, false);
        promise(reply.is_object() && (reply.contains("ok") || reply.contains("more")), "a reply is an object that says how it went");
        last += reply.contains("ok") ? 1 : 0;
        at = end + 1;
    }
    promise(last == lines, "every line gets one reply");
    return 0;
}
