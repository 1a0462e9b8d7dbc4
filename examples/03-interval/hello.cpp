// SPDX-License-Identifier: MIT
// Greets whoever connects, answers each message, and tells everybody now and then who is there.
#include <berth/berth.hpp>

class Hello final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.version = "1.0.0", .global_service = "<interval=20 s>"};

    void connection(const berth::Client& client, berth::Admission&) override {
        send(client.id, "hello from " + std::string(client.path));
    }

    void message(berth::ClientId from, berth::Message message) override {
        ++messages_;  // an ordinary member: this client's own, nobody else's
        send(from, message);
    }

    void disconnection(berth::ClientId, const berth::Close&) override {
        log("said " + std::to_string(messages_) + " things");
    }

    void global_service() override { send(clients(), std::to_string(clients().size()) + " here"); }

private:
    int messages_ = 0;
};

BERTH_PROJECT(Hello)
