// SPDX-License-Identifier: MIT
// Sends every message back. Built twice: with handlers that run in place, and for the pool of executors.
#include <berth/berth.hpp>

class Echo final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.version = "1.0.0", .run_inline = BENCH_INLINE};

    void message(berth::ClientId from, berth::Message message) override { send(from, message); }
};

BERTH_PROJECT(Echo)
