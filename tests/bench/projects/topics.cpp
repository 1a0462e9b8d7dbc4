// SPDX-License-Identifier: MIT
// As fanout, by a topic that all have subscribed to. The query is how many topics there are: a thousand clients share the
// others among them.
#include <berth/berth.hpp>
#include <charconv>

class Topics final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.version = "1.0.0", .run_inline = true};

    void connection(const berth::Client& client, berth::Admission&) override {
        constexpr std::uint64_t sharing = 1'000;
        std::uint64_t count = 1;
        std::from_chars(client.query.data(), client.query.data() + client.query.size(), count);
        topics().subscribe(client.id, "all");
        for (std::uint64_t i = static_cast<std::uint64_t>(client.id) % sharing + 1; i < count; i += sharing)
            topics().subscribe(client.id, std::to_string(i));
    }
    void message(berth::ClientId, berth::Message message) override { topics().publish("all", message); }
};

BERTH_PROJECT(Topics)
