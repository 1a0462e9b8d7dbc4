// SPDX-License-Identifier: MIT
#include <berth/testing.hpp>

#include <sstream>

#include "integration/faithful/stage.hpp"
#include "support/temp_dir.hpp"

#include "support/test_host.hpp"

namespace berth::test {
namespace {

class VirtualStage final : public Stage {
public:
    explicit VirtualStage(const Play& play) : host_(fixture_project(play.project), options_of(play)) {}

private:
    TestOptions options_of(const Play& play) const {
        TestOptions options;
        options.directory = directory_.path();
        for (const auto& [key, value] : play.settings) options.settings.emplace(key, value);
        return options;
    }

    Answer do_connect(const std::string& who, const std::string& target, const Headers& headers) override {
        TestRequest request;
        request.target = target;
        for (const auto& [name, value] : headers) {
            if (name == "Sec-WebSocket-Protocol") {
                std::istringstream offered(value);
                for (std::string word; std::getline(offered >> std::ws, word, ',');)
                    request.subprotocols.push_back(word);
            } else if (name == "Origin") {
                request.origin = value;
            } else {
                request.headers.emplace_back(name, value);
            }
        }
        const auto client = clients_.insert_or_assign(who, host_.connect(request)).first->second;
        return {client.status(), client.refusal(), client.subprotocol()};
    }
    void do_say(const std::string& who, const std::string& text) override { clients_.at(who).says(text); }
    void do_send(const std::string& who, const std::string& bytes) override {
        clients_.at(who).says(berth::buffer(bytes));
    }
    std::string do_hear(const std::string& who) override {
        const auto message = clients_.at(who).next();
        return !message ? "<nothing>" : message->is_text ? message->bytes : "<a buffer>";
    }
    void do_leave(const std::string& who, unsigned code, const std::string& reason) override {
        clients_.at(who).leaves(static_cast<std::uint16_t>(code), reason);
    }
    void do_vanish(const std::string& who) override { clients_.at(who).vanishes(); }
    std::string do_end(const std::string& who) override {
        const auto closed = clients_.at(who).closed();
        if (!closed) return "not closed";
        // What does not travel is not seen by a peer.
        return closed->code == 1006 ? "1006 " : std::to_string(closed->code) + " " + closed->reason;
    }
    std::string do_execute(const std::string& in, const std::string& procedure, const std::string& text) override {
        const auto outcome = host_.execute(in.empty() ? global_service_id : clients_.at(in).id(), procedure, {text});
        return outcome.sentence;
    }
    void do_stop() override { host_.stop(); }
    std::vector<std::string> events() override {
        std::vector<std::string> lines;
        std::istringstream in(read_file(directory_ / "events"));
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }
    void await_event(const std::string&) override {}

    TempDir directory_;
    berth::TestHost host_;
    std::map<std::string, TestClient> clients_;
};

}  // namespace

std::unique_ptr<Stage> virtual_stage(const Play& play) { return std::make_unique<VirtualStage>(play); }

}  // namespace berth::test
