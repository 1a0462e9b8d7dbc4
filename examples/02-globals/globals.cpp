// SPDX-License-Identifier: MIT
// Every client has a copy of the project's variables: ordinary members, no locks.
#include <berth/berth.hpp>

class Counter final : public berth::Project {
public:
    using Project::Project;

    void message(berth::ClientId from, berth::Message) override {
        send(from, "your message number " + std::to_string(++count_));
    }

private:
    int count_ = 0;  // made fresh for each client, gone with it
};

BERTH_PROJECT(Counter)
