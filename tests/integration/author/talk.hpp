// SPDX-License-Identifier: MIT
/// Plays the `talk` blocks of the examples on a real host.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "integration/author/installed.hpp"
#include "support/test_host.hpp"

namespace berth::test {

/// Sentences, a line each or with "; " between (see examples/README.md):
///
///   ana connects [to PATH] [with NAME: VALUE, NAME: VALUE]
///   ana is refused STATUS TEXT    ana says TEXT    ana sends HEX    ana hears TEXT-OR-HEX    ana is closed CODE TEXT
///   $ COMMAND [-> OUTPUT]         ID-OF-ANA in it is her id, 7681 the host's port; lines of the output are joined
///
/// Who says something, or is refused, without having connected connects first. What does not come true is a failure.
class Talk {
public:
    Talk(const TestHost& host, std::string project, Environment shell)
        : host_(host), project_(std::move(project)), shell_(std::move(shell)) {}

    void play(const std::string& block);

private:
    struct Peer {
        explicit Peer(const Endpoint& to) : raw(to) {}
        RawClient raw;
        HttpReply reply;
        std::string id;
    };

    void play_sentence(const std::string& sentence);
    void act(const std::string& who, const std::string& what);
    void run_command(std::string command);
    Peer& connect(const std::string& who, const std::string& how);
    Peer& peer(const std::string& who);
    static std::optional<Frame> next(Peer& peer);
    [[nodiscard]] std::vector<std::string> ids() const;

    const TestHost& host_;
    const std::string project_;
    const Environment shell_;
    std::map<std::string, Peer> peers_;
};

}  // namespace berth::test
