// SPDX-License-Identifier: MIT
// Sends every message back to whoever sent it.
#include <berth/berth.hpp>

class Echo final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{
        .name = "echo", .version = "1.0.0", .run_inline = true, .stateless = true};

    void message(berth::ClientId from, berth::Message message) override { send(from, message); }
};

BERTH_PROJECT(Echo)
