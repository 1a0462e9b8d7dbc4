// SPDX-License-Identifier: MIT
// Sends every message to all clients: one call for all of them.
#include <berth/berth.hpp>

class Fanout final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.version = "1.0.0", .run_inline = true};

    void message(berth::ClientId, berth::Message message) override { send(clients(), message); }
};

BERTH_PROJECT(Fanout)
