// SPDX-License-Identifier: MIT
/// The hand-written servers: as little as can be done on epoll, one thread, one read and one write for all
/// that came.
///
///     hand_server raw [CERTIFICATE KEY]      sends the bytes back as they came: no protocol at all, the
///     floor hand_server echo [CERTIFICATE KEY]     sends each message back: frames are read and made, little
///     is checked hand_server fanout [CERTIFICATE KEY]   sends each message to all: frames made once, one
///     write for each peer
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "bench/baselines/epoll_server.hpp"
#include "bench/baselines/framing.hpp"

namespace {

using namespace berth::bench;

/// The frames that answer what came, and what began before it.
void reframe_all(Peer& peer, std::span<const char> bytes, std::string& answers) {
    answers.clear();
    if (peer.unread.empty()) {
        peer.unread.assign(bytes.data() + reframe(bytes, answers), bytes.data() + bytes.size());
    } else {
        peer.unread.append(bytes.data(), bytes.size());
        peer.unread.erase(0, reframe(peer.unread, answers));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    const std::string_view service = argc > 1 ? arguments[1] : "";
    EpollServer::Options options;
    if (argc == 4) options = {.certificate = arguments[2], .key = arguments[3]};
    if ((argc != 2 && argc != 4) || (service != "raw" && service != "echo" && service != "fanout")) {
        std::fputs("usage: hand_server raw|echo|fanout [CERTIFICATE KEY]\n", stderr);
        return 2;
    }
    try {
        std::string answers;
        EpollServer server(options, [&](Peer& peer, std::span<char> bytes) {
            if (service == "raw") return server.write(peer, {bytes.data(), bytes.size()});
            reframe_all(peer, bytes, answers);
            if (answers.empty()) return;
            if (service == "echo") return server.write(peer, answers);
            for (const auto& other : server.peers())
                if (other->is_upgraded) server.write(*other, answers);
        });
        server.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "hand_server: %s\n", error.what());
        return 1;
    }
}
