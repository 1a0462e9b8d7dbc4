// SPDX-License-Identifier: MIT
#include "base/log.hpp"
#include "projects_fixture.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using nlohmann::json;

TEST_F(ProjectsTest, are_settled_when_each_runs_or_has_failed) {
    write("a.so", "1");
    write("b.so", "2");
    bool settled = false;
    projects.start([&] { settled = true; });
    look();
    passes();
    comes_up();
    EXPECT_FALSE(settled);

    probe().handlers.errors("project b: b.so: no entry\n");
    probe().exits(1);

    EXPECT_TRUE(settled);
    EXPECT_EQ(projects.find("a")->state(), Project::State::open);
    EXPECT_THAT(refused(), ElementsAre("project b: b.so: no entry"));
}

TEST_F(ProjectsTest, are_settled_at_once_when_there_are_none) {
    bool settled = false;
    projects.start([&] { settled = true; });
    EXPECT_TRUE(settled);
}

TEST_F(ProjectsTest, take_in_what_is_copied_over_while_they_run) {
    projects.start([] {});
    run("chat.so", "1");
    write("chat.so", "other");
    look();
    passes();
    children.newest("worker").says(json{{"type", "loaded"}});
    children.all("worker").front()->says("paused");
    children.newest("worker").says("started");

    EXPECT_EQ(projects.find("chat")->facts().generation, 2u);
}

TEST_F(ProjectsTest, leave_no_copy_of_what_never_ran_or_is_removed) {
    const auto copies = [this] {
        std::set<std::string> hashes;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory / "staging")) {
            if (entry.is_regular_file()) hashes.insert(entry.path().parent_path().filename());
        }
        return hashes.size();
    };
    projects.start([] {});
    run("chat.so", "1");
    for (const char* content : {"2", "3", "4", "5"}) {  // The second is never ready, so that the others wait.
        write("chat.so", content);
        look();
        passes();
    }
    EXPECT_EQ(copies(), 3u) << "what runs, what is made ready, and the newest that waits";

    projects.remove("chat", [](const Result<std::filesystem::path>&) {});
    for (const auto& worker : children.all("worker")) {
        if (!worker->has_exited) worker->dies(SIGKILL);
    }
    children.newest("gateway").says(json{{"type", "retired"}, {"project", "chat"}, {"generation", "1"}});
    timers.pass(std::chrono::minutes{1});
    EXPECT_EQ(copies(), 0u);
}

TEST_F(ProjectsTest, keep_the_running_one_and_its_copy_when_the_new_file_is_bad) {
    projects.start([] {});
    run("chat.so", "1");
    write("chat.so", "bad");
    look();
    probe().handlers.errors("project chat: chat.so: is cut off\n");
    probe().exits(1);

    EXPECT_EQ(projects.find("chat")->state(), Project::State::open);
    EXPECT_EQ(projects.find("chat")->facts().last_error, "project chat: chat.so: is cut off");
    EXPECT_TRUE(std::filesystem::exists(projects.find("chat")->library()->staged.path));
    EXPECT_EQ(children.count("worker"), 1u);
}

TEST_F(ProjectsTest, forget_a_refusal_when_the_running_library_is_copied_back) {
    projects.start([] {});
    run("chat.so", "1");
    write("chat.so", "bad");
    look();
    probe().handlers.errors("project chat: chat.so: is cut off\n");
    probe().exits(1);
    write("chat.so", "1");
    look();
    passes();

    EXPECT_EQ(projects.find("chat")->facts().last_error, "");
    EXPECT_EQ(projects.find("chat")->facts().generation, 1u);
    EXPECT_EQ(children.count("worker"), 1u);
}

TEST_F(ProjectsTest, keep_the_last_crash_when_the_running_library_is_copied_again) {
    projects.start([] {});
    run("chat.so", "1");
    children.newest("worker").exits(3);
    look();
    comes_up();
    const std::string crash = projects.find("chat")->facts().last_error;
    EXPECT_NE(crash, "");
    remove("chat.so");
    look();
    EXPECT_TRUE(projects.is_file_gone(*projects.find("chat")));
    write("chat.so", "1");
    look();
    passes();

    EXPECT_FALSE(projects.is_file_gone(*projects.find("chat")));
    EXPECT_EQ(projects.find("chat")->facts().last_error, crash);
}

TEST_F(ProjectsTest, tell_of_a_load_that_failed_once) {
    std::vector<std::string> said;
    log::set_sink([&](const log::Line& line) {
        if (line.level == log::Level::error) said.emplace_back(line.message);
    });
    projects.start([] {});
    run("chat.so", "1");
    write("chat.so", "other");
    look();
    passes();
    children.newest("worker").says(json{{"type", "failed"}, {"message", "load: the licence has expired"}});
    children.newest("worker").exits(1);
    log::set_sink([](const log::Line&) {});

    EXPECT_THAT(said, ElementsAre("library could not be deployed")) << "its process ended because of that, and did not die";
}

TEST_F(ProjectsTest, know_a_refused_file_by_the_name_that_it_would_have) {
    projects.start([] {});
    write("hello.so", "bad");
    look();
    probe().handlers.errors("project hello: hello.so: is cut off\n");
    probe().exits(1);

    ASSERT_TRUE(projects.refusal_of("hello"));
    EXPECT_EQ(projects.refusal_of("hello")->file, "hello.so");
    EXPECT_EQ(projects.refusal_of("hello")->error, "project hello: hello.so: is cut off");
    EXPECT_FALSE(projects.refusal_of("other"));
}

TEST_F(ProjectsTest, refuse_a_name_that_is_none) {
    projects.start([] {});
    write("Chat Room.so", "1");
    look();
    passes();

    EXPECT_THAT(refused(), ElementsAre("project Chat Room: Chat Room.so: a project's name has 1 to 64 of a-z, 0-9, _ and -, "
                                       "and begins with a letter or digit; rename the file or the name that the library declares"));
    EXPECT_TRUE(std::filesystem::is_empty(directory / "staging"));
}

TEST_F(ProjectsTest, refuse_the_second_file_of_one_name) {
    projects.start([] {});
    run("chat.so", "1");
    write("other.so", "2");
    look();
    passes("chat");

    EXPECT_THAT(refused(), ElementsAre("project chat: other.so: the name is taken by chat.so; rename one of them"));
    EXPECT_EQ(projects.find("chat")->state(), Project::State::open);
}

TEST_F(ProjectsTest, refuse_a_file_that_changes_its_projects_name) {
    projects.start([] {});
    run("chat.so", "1");
    write("chat.so", "renamed");
    look();
    passes("talk");

    EXPECT_EQ(projects.find("chat")->facts().last_error,
              "project chat: chat.so: the library declares the name talk now; give it a file of its own");
    EXPECT_EQ(projects.find("talk"), nullptr);
}

TEST_F(ProjectsTest, go_on_when_their_file_is_gone_until_a_rescan) {
    projects.start([] {});
    run("chat.so", "1");
    remove("chat.so");
    look();
    EXPECT_EQ(projects.find("chat")->state(), Project::State::open);

    Projects::Outcome outcome;
    projects.rescan([&](const Projects::Outcome& result) { outcome = result; });

    EXPECT_THAT(outcome.removed, ElementsAre("chat"));
    EXPECT_EQ(projects.find("chat"), nullptr);
    test::FakeProcess& gate = children.newest("gateway");
    gate.says(json{{"type", "retired"}, {"project", "chat"}, {"generation", gate.last("retire")["generation"]}});
    children.newest("worker").says("stopped");
    children.newest("worker").exits();
    EXPECT_EQ(gate.last("forget")["project"], "chat");
    timers.pass(0ms);
    EXPECT_TRUE(children.all("worker").front()->is_destroyed);
}

TEST_F(ProjectsTest, do_not_mind_a_file_that_is_away_for_a_moment) {
    projects.start([] {});
    run("chat.so", "1");
    remove("chat.so");
    look();
    write("chat.so", "1");
    look();
    passes();
    Projects::Outcome outcome;
    projects.rescan([&](const Projects::Outcome& result) { outcome = result; });

    EXPECT_THAT(outcome.removed, IsEmpty());
    EXPECT_EQ(children.count("worker"), 1u) << "the same content";
}

TEST_F(ProjectsTest, follow_a_file_that_is_renamed_when_the_library_declares_its_name) {
    projects.start([] {});
    write("chat-1.so", "1");
    look();
    passes("chat");
    comes_up();
    remove("chat-1.so");
    write("chat-2.so", "2");
    look();
    passes("chat");

    EXPECT_THAT(refused(), IsEmpty());
    EXPECT_EQ(children.count("worker"), 2u);
}

TEST_F(ProjectsTest, tell_after_a_rescan_what_was_added_changed_and_refused) {
    projects.start([] {});
    run("chat.so", "1");
    timers.pass(3s);
    write("chat.so", "other");
    write("new.so", "3");
    write("bad.so", "4");
    Projects::Outcome outcome;
    bool answered = false;
    projects.rescan([&](const Projects::Outcome& result) {
        outcome = result;
        answered = true;
    });
    look();
    probe().handlers.errors("project bad: bad.so: is none\n");
    probe().exits(1);
    passes();
    children.newest("worker").says(json{{"type", "loaded"}});
    children.all("worker").front()->says("paused");
    children.newest("worker").says("started");
    EXPECT_FALSE(answered);
    passes();
    comes_up();

    ASSERT_TRUE(answered);
    EXPECT_THAT(outcome.added, ElementsAre("new"));
    EXPECT_THAT(outcome.changed, ElementsAre("chat"));
    ASSERT_EQ(outcome.refused.size(), 1u);
    EXPECT_EQ(outcome.refused[0].file, "bad.so");
}

TEST_F(ProjectsTest, are_deployed_anew_by_reload_although_nothing_changed) {
    projects.start([] {});
    run("chat.so", "1");
    std::string outcome;
    projects.reload(*projects.find("chat"), [&](const Result<void>& done) { outcome = done ? "ok" : done.error().message; });
    passes();
    children.newest("worker").says(json{{"type", "loaded"}});
    children.all("worker").front()->says("paused");
    children.newest("worker").says("started");

    EXPECT_EQ(outcome, "ok");
    EXPECT_EQ(projects.find("chat")->facts().generation, 2u);
}

}  // namespace
}  // namespace berth::host::supervisor
