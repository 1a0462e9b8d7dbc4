// SPDX-License-Identifier: MIT
#include <signal.h>

#include <algorithm>

#include "integration/faithful/stage.hpp"
#include "integration/host/suite.hpp"

namespace berth::test {
namespace {

class RealStage final : public Stage {
public:
    RealStage(const Play& play, const std::string& isolation)
        : project_(play.project), host_(options_of(play, isolation)) {}

private:
    static HostOptions options_of(const Play& play, const std::string& isolation) {
        HostOptions options;
        options.isolation = isolation;
        options.projects = {fixture_project(play.project)};
        options.tls = false;
        options.more = "[project." + play.project + "]\norigins = [\"app.example\"]\n";
        if (!play.settings.empty()) options.more += "[project." + play.project + ".settings]\n";
        for (const auto& [key, value] : play.settings) options.more += key + " = \"" + value + "\"\n";
        return options;
    }

    Answer do_connect(const std::string& who, const std::string& target, const Headers& headers) override {
        RawClient raw(host_.ws());
        const HttpReply reply = raw.ask(target, headers);
        if (reply.status != 101) {
            const std::string body = reply.body.substr(0, reply.body.find('\n'));
            return {static_cast<unsigned>(reply.status), body, ""};
        }
        clients_.insert_or_assign(who, Peer{std::move(raw), {}, {}, false});
        return {101, "", reply.header("Sec-WebSocket-Protocol")};
    }
    void do_say(const std::string& who, const std::string& text) override {
        clients_.at(who).raw.send(Frame{.opcode = opcode::text, .payload = text});
    }
    void do_send(const std::string& who, const std::string& bytes) override {
        clients_.at(who).raw.send(Frame{.opcode = opcode::binary, .payload = bytes});
    }
    std::string do_hear(const std::string& who) override {
        Peer& peer = clients_.at(who);
        const auto frame = next(peer);
        return !frame ? "<nothing>" : frame->opcode == opcode::text ? frame->payload : "<a buffer>";
    }
    void do_leave(const std::string& who, unsigned code, const std::string& reason) override {
        std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
        clients_.at(who).raw.send(Frame{.opcode = opcode::close, .payload = payload + reason});
    }
    void do_vanish(const std::string& who) override { clients_.at(who).raw.reset(); }
    std::string do_end(const std::string& who) override {
        Peer& peer = clients_.at(who);
        if (const auto frame = next(peer)) return "another message: " + frame->payload;
        return peer.is_closed ? std::to_string(peer.code) + " " + peer.reason : "1006 ";
    }
    std::string do_execute(const std::string& in, const std::string& procedure, const std::string& text) override {
        const Output output = host_.cli({"execute", in.empty() ? project_ : id_of(in), procedure, "text:" + text});
        return output.exit_code == 0 ? "" : output.err;
    }
    void do_stop() override {
        ::kill(host_.pid(), SIGTERM);
        for (auto& [who, peer] : clients_) next(peer);  // Answers the close.
        host_.ends();
    }
    std::vector<std::string> events() override { return Events(host_, project_).lines(); }
    void await_event(const std::string& line) override {
        EXPECT_TRUE(eventually([&] {
            const auto lines = events();
            return std::find(lines.begin(), lines.end(), line) != lines.end();
        })) << line;
    }

    struct Peer {
        RawClient raw;
        unsigned code = 0;
        std::string reason;
        bool is_closed = false;
    };

    /// The next message; answers pings and the close on the way.
    static std::optional<Frame> next(Peer& peer) {
        while (auto frame = peer.raw.frame()) {
            if (frame->opcode == opcode::close) {
                peer.is_closed = true;
                peer.code = close_code(*frame);
                peer.reason = close_reason(*frame);
                peer.raw.send(*frame);
            } else if (frame->opcode == opcode::text || frame->opcode == opcode::binary) {
                return frame;
            }
        }
        return std::nullopt;
    }

    const std::string project_;
    test::TestHost host_;
    std::map<std::string, Peer> clients_;
};

}  // namespace

std::unique_ptr<Stage> real_stage(const Play& play, const std::string& isolation) {
    return std::make_unique<RealStage>(play, isolation);
}

}  // namespace berth::test
