// SPDX-License-Identifier: MIT
// What verbs answer, and when.
#include "supervisor/administration.hpp"

#include "projects_fixture.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

/// The lines of a reply.
class HeardReply final : public control::ReplySink {
public:
    void put(const json& line, bool) override { lines.push_back(line); }
    [[nodiscard]] bool is_open() const override { return true; }
    void when_gone(std::function<void()>) override {}

    std::vector<json> lines;
};

class AdministrationTest : public ProjectsTest {
protected:
    AdministrationTest() { projects.start([] {}); }

    std::shared_ptr<HeardReply> ask(const std::string& verb, const json& arguments = json::object()) {
        auto heard = std::make_shared<HeardReply>();
        administration.handle({.verb = verb, .arguments = arguments, .peer = {}}, control::Reply(heard));
        return heard;
    }

    HostFacts facts{.state = HostFacts::State::running};
    std::unique_ptr<log::Outputs> outputs = *log::Outputs::create({.to_stderr = false, .directory = {}});
    Administration administration{facts, gateway, projects, *outputs,
                                  {.stop = [] { return Milliseconds(0); },
                                   .drain = [](const Drain::Order&, const std::function<void()>&) {},
                                   .open = [] {},
                                   .reload = [](const Reload::Done&) {}}};
};

TEST_F(AdministrationTest, shows_of_projects_what_the_gateway_had_been_told_before_it_answered) {
    run("chat.so");
    for (const char* verb : {"projects", "status"}) {
        projects.find("chat")->open();
        const auto answer = ask(verb);
        EXPECT_TRUE(answer->lines.empty());

        projects.find("chat")->block(5);
        children.newest("gateway").replies("stats", {{"projects", {{"chat", {{"clients", 3}}}}}});

        ASSERT_EQ(answer->lines.size(), 1u) << verb;
        const json& row = answer->lines.front().at("projects").at(0);
        EXPECT_EQ(row.at("state"), "open") << verb << ": that it is blocked is on its way to the gateway";
        EXPECT_EQ(row.at("clients"), 3) << verb;
    }
    const auto later = ask("projects");
    children.newest("gateway").replies("stats", json::object());
    EXPECT_EQ(later->lines.at(0).at("projects").at(0).at("state"), "blocked");
}

}  // namespace
}  // namespace berth::host::supervisor
