// SPDX-License-Identifier: MIT
// Sends every message back to who sent it.
#include <berth/berth.hpp>

class Echo final : public berth::Project {
public:
    using Project::Project;

    void message(berth::ClientId from, berth::Message message) override { send(from, message); }
};

BERTH_PROJECT(Echo)
