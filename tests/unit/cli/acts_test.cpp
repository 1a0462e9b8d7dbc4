// SPDX-License-Identifier: MIT
/// Verbs that act on the host or on one project: stop, start, reload, open, add, remove.
#include <fstream>
#include <thread>

#include "unit/cli/verbs_fixture.hpp"

namespace berth::host::cli {
namespace {

using testing::HasSubstr;

TEST_F(CliVerbs, stop_waits_for_the_end) {
    handler_.script = [this](const Request& request, const Reply& reply) {
        reply.ok({{"state", "stopping"}, {"within_ms", 20'000}});
        is_asked_ = request.verb == "stop";
    };
    std::thread host([this] {
        while (!is_asked_) std::this_thread::yield();
        server_.reset();
    });

    const Said said = run({"stop"});
    host.join();

    EXPECT_EQ(said.code, 0);
    EXPECT_EQ(said.err, "berth: stopping, at most 20 s\nberth: stopped\n");
}

TEST_F(CliVerbs, stop_need_not_wait) {
    answer({{"state", "stopping"}, {"within_ms", 20'000}});

    EXPECT_EQ(run({"stop", "--no-wait", "--json"}).out, "{\"state\":\"stopping\",\"within_ms\":20000}\n");
}

TEST_F(CliVerbs, acts_that_end_more_than_one_client_ask_first) {
    handler_.script = [this](const Request& request, const Reply& reply) {
        keep(request);
        if (request.verb == "projects") return reply.ok({{"projects", {chat}}});
        if (request.verb == "status") return reply.ok(a_status());
        reply.ok({{"project", "chat"}, {"state", "stopped"}});
    };

    for (const auto& words : std::vector<std::vector<std::string>>{{"stop", "chat"}, {"remove", "chat"}, {"reload", "chat"}, {"rollback", "chat"}}) {
        const Said refused = run(words);
        EXPECT_EQ(refused.code, 2) << words[0];
        EXPECT_EQ(refused.err, "berth: this would disconnect 184 clients; add --yes to do it\n");
        EXPECT_EQ(run(words, {.can_ask = true}, "n\n").code, 2) << words[0];
        EXPECT_EQ(requests_.back()["verb"], "projects") << "nothing was done";
        EXPECT_EQ(run(words, {.can_ask = true}, "y\n").code, 0) << words[0];
        EXPECT_EQ(requests_.back()["verb"], words[0]);
        EXPECT_EQ(requests_.back()["project"], "chat");
    }
    EXPECT_EQ(run({"stop"}).err, "berth: this would stop the host and disconnect 184 clients; add --yes to do it\n");
    EXPECT_EQ(run({"stop", "chat", "--yes"}).err, "berth: project chat is stopped; `berth start chat` starts it\n");
}

TEST_F(CliVerbs, deploy_asks_first_for_the_project_that_the_library_is_for) {
    handler_.script = [this](const Request& request, const Reply& reply) {
        keep(request);
        if (request.verb == "projects") return reply.ok({{"projects", {chat}}});
        reply.ok({{"project", "chat"}, {"state", "open"}, {"file", "/x/chat.so"}, {"kept", true}});
    };
    const std::string file = directory_.path() / "chat.so";
    std::ofstream(file) << "library";

    const Said refused = run({"deploy", file});

    EXPECT_EQ(refused.code, 2);
    EXPECT_EQ(refused.err, "berth: this would disconnect 184 clients; add --yes to do it\n");
    EXPECT_EQ(requests_.back(), (json{{"verb", "projects"}, {"project", "chat"}}));
    EXPECT_EQ(run({"deploy", file, "--name", "talk"}).code, 2);
    EXPECT_EQ(requests_.back()["project"], "talk");
    EXPECT_EQ(run({"deploy", file}, {.can_ask = true}, "y\n").code, 0);
    EXPECT_EQ(requests_.back()["verb"], "deploy");
    EXPECT_EQ(run({"deploy", file, "--yes"}).code, 0);
}

TEST_F(CliVerbs, a_new_version_is_not_asked_about_where_the_project_keeps_its_clients) {
    handler_.script = [](const Request& request, const Reply& reply) {
        json keeping = chat;
        keeping["keeps_clients"] = true;
        if (request.verb == "projects") return reply.ok({{"projects", json::array({keeping})}});
        reply.ok({{"project", "chat"}, {"state", "open"}, {"kept", true}});
    };
    const std::string file = directory_.path() / "chat.so";
    std::ofstream(file) << "library";

    EXPECT_EQ(run({"deploy", file}).code, 0);
    EXPECT_EQ(run({"rollback", "chat"}).code, 0);
    EXPECT_EQ(run({"reload", "chat"}).code, 0);
    EXPECT_EQ(run({"stop", "chat"}).code, 2);
}

TEST_F(CliVerbs, add_names_the_file_by_its_whole_path) {
    answer({{"project", "chat"}, {"state", "open"}, {"file", "/x/chat.so"}});
    std::ofstream(directory_.path() / "chat.so") << "library";
    const std::string whole = std::filesystem::canonical(directory_.path()) / "chat.so";

    const Said said = run({"add", std::string(directory_.path()) + "/./chat.so", "--name", "talk"});

    EXPECT_EQ(said.code, 0);
    EXPECT_EQ(said.err, "berth: project chat is open\n");
    EXPECT_EQ(requests_.back(), (json{{"verb", "add"}, {"file", whole}, {"name", "talk"}}));
    const Said missing = run({"add", "/does/not/exist.so"});
    EXPECT_EQ(missing.code, 66);
    EXPECT_EQ(missing.err, "berth: /does/not/exist.so: no such file; name the library that the build wrote, such as build/chat.so\n");
}

TEST_F(CliVerbs, what_starts_a_project_says_that_the_first_run_of_its_global_service_failed) {
    answer({{"project", "chat"}, {"state", "open"}, {"kept", true}, {"first_run_error", "no such table"}});
    const std::string file = directory_.path() / "chat.so";
    std::ofstream(file) << "library";
    const std::string said = "project chat is open; the first run of its global service failed: no such table\n";

    EXPECT_EQ(run({"add", file}).err, "berth: " + said);
    EXPECT_EQ(run({"deploy", file, "--yes"}).err, "berth: " + said);
    EXPECT_EQ(run({"reload", "chat", "--yes"}).err, "berth: loaded anew; " + said);
    EXPECT_EQ(run({"start", "chat"}).err, "berth: " + said);
}

TEST_F(CliVerbs, remove_says_what_stays_and_how_to_take_it_back) {
    handler_.script = [this](const Request& request, const Reply& reply) {
        keep(request);
        if (request.verb == "projects") return reply.fail(ReplyCode::not_found, "no project is called chat");
        reply.ok({{"project", "chat"}, {"state", "removed"}, {"file", "/x/chat.so"}});
    };

    const Said said = run({"remove", "chat"});

    EXPECT_EQ(said.code, 0) << "a file that is missing has no project and can be removed";
    EXPECT_EQ(said.err, "berth: project chat is removed; its library and its data stay: `berth add /x/chat.so` takes it in again\n");
}

TEST_F(CliVerbs, start_and_open_say_the_state_and_what_could_come_next) {
    answer({{"project", "chat"}, {"state", "blocked"}});

    EXPECT_EQ(run({"start", "chat"}).err, "berth: project chat is blocked; `berth open chat` lets newcomers in\n");
    EXPECT_EQ(run({"start", "chat", "--json"}).out, "{\"project\":\"chat\",\"state\":\"blocked\"}\n");
    answer({{"project", "chat"}, {"state", "open"}});
    EXPECT_EQ(run({"open", "chat"}).err, "berth: project chat is open\n");
    EXPECT_EQ(run({"stop", "chat", "--no-wait"}).code, 2) << "that is for the host";
}

}  // namespace
}  // namespace berth::host::cli
