// SPDX-License-Identifier: MIT
// Decides about newcomers before their handshake ends: a cookie says who it is, a sub-protocol how to speak.
#include <berth/berth.hpp>

class Door final : public berth::Project {
public:
    using Project::Project;

    void connection(const berth::Client& client, berth::Admission& admission) override {
        const auto name = request().cookie("name");
        if (!name) return admission.refuse(401, "who are you?");
        if (*name == "mallory") return admission.refuse(403, "not you again");
        // The best of those offered; a client that offers none speaks plain text.
        if (!admission.accept_subprotocol("door.v2")) admission.accept_subprotocol("door.v1");
        send(client.id, "welcome, " + std::string(*name));  // leaves once the client is connected
    }

    void message(berth::ClientId from, berth::Message) override {
        send(from, "we speak " + std::string(request().subprotocol().value_or("plain text")));
    }
};

BERTH_PROJECT(Door)
