// SPDX-License-Identifier: MIT
// What administrators add and remove: on the disk, and what the projects make of it.
#include "supervisor/registry.hpp"

#include <fstream>

#include "projects_fixture.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using nlohmann::json;

class RegistryTest : public ::testing::Test {
protected:
    [[nodiscard]] std::filesystem::path file() const { return directory / "registry.json"; }
    [[nodiscard]] Registry open() const { return *Registry::open(file()); }
    [[nodiscard]] std::string error() const {
        const auto opened = Registry::open(file());
        return opened ? "opened" : opened.error().message;
    }
    PluginFile write(const std::string& name, const std::string& content) const {
        test::write_file(directory / name, content);
        return *look_at(directory / name);
    }

    test::TempDir directory;
};

TEST_F(RegistryTest, is_empty_without_a_file_and_remembers_with_one) {
    Registry registry = open();
    EXPECT_THAT(registry.added(), IsEmpty());
    const PluginFile chat = write("chat.so", "1");

    ASSERT_TRUE(registry.add("/opt/talk.so", "talk-2", /*is_plugin=*/false));
    ASSERT_TRUE(registry.remove(chat.path, chat));

    const Registry again = open();
    ASSERT_EQ(again.added().size(), 1u);
    EXPECT_EQ(again.added()[0].file, "/opt/talk.so");
    EXPECT_EQ(again.added()[0].name, "talk-2");
    EXPECT_TRUE(again.is_removed(chat));
}

TEST_F(RegistryTest, leaves_a_removed_file_out_until_it_changes_or_is_added) {
    Registry registry = open();
    const PluginFile chat = write("chat.so", "1");
    ASSERT_TRUE(registry.remove(chat.path, chat));
    EXPECT_THAT(registry.files({chat}), IsEmpty());

    EXPECT_EQ(registry.files({write("chat.so", "longer")}).size(), 1u) << "another content";
    EXPECT_THAT(registry.files({chat}), IsEmpty());
    ASSERT_TRUE(registry.add(chat.path, "", /*is_plugin=*/true));
    EXPECT_EQ(registry.files({chat}).size(), 1u);
    EXPECT_THAT(registry.added(), IsEmpty()) << "the directory says enough";
}

TEST_F(RegistryTest, puts_added_files_and_given_names_among_those_of_the_directory) {
    Registry registry = open();
    const PluginFile a = write("a.so", "1"), b = write("b.so", "2"), c = write("c.so", "3");
    ASSERT_TRUE(registry.add(b.path, "", false));
    ASSERT_TRUE(registry.add(c.path, "sea", true));
    ASSERT_TRUE(registry.add("/does/not/exist.so", "", false));

    const auto files = registry.files({a, c});

    ASSERT_EQ(files.size(), 3u);
    EXPECT_EQ(files[0].path, a.path);
    EXPECT_EQ(files[1].path, b.path);
    EXPECT_EQ(files[1].likely_name(), "b");
    EXPECT_EQ(files[2].likely_name(), "sea");
}

TEST_F(RegistryTest, forgets_removed_files_that_are_gone) {
    Registry registry = open();
    const PluginFile a = write("a.so", "1"), b = write("b.so", "2");
    ASSERT_TRUE(registry.remove(a.path, a));
    std::filesystem::remove(a.path);
    ASSERT_TRUE(registry.remove(b.path, b));

    EXPECT_EQ(registry.removed().size(), 1u);
}

TEST_F(RegistryTest, that_is_damaged_is_refused_with_what_to_do) {
    const std::string remedy =
        "; it says which libraries were added and removed: mend it, or move it away and add and remove them again";
    const auto refused = [&](const std::string& why) { return file().string() + ": " + why + remedy; };
    for (const auto& [content, why] : std::vector<std::pair<std::string, std::string>>{
             {"", "it cannot be read, or is no JSON object"},
             {"{\"version\":1", "it cannot be read, or is no JSON object"},
             {"{\"version\":2}", "its version is not 1"},
             {"{\"version\":1,\"added\":[{\"file\":\"chat.so\"}]}", "an entry of added has no absolute file"},
             {"{\"version\":1,\"removed\":[7]}", "an entry of removed has no absolute file"}}) {
        test::write_file(file(), content);
        EXPECT_EQ(error(), refused(why)) << content;
    }
}

TEST_F(RegistryTest, that_cannot_be_written_stays_as_it_was) {
    Registry registry = open();
    ASSERT_TRUE(registry.add("/opt/a.so", "", false));
    std::filesystem::remove(file());
    std::filesystem::create_directories(file() / "in-the-way");

    EXPECT_FALSE(registry.add("/opt/b.so", "", false));
    EXPECT_FALSE(registry.remove("/opt/a.so", std::nullopt));

    ASSERT_EQ(registry.added().size(), 1u);
    EXPECT_EQ(registry.added()[0].file, "/opt/a.so");
    for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
        EXPECT_EQ(entry.path(), file()) << "no half file is left";
}

class AddedProjects : public ProjectsTest {
protected:
    AddedProjects() {
        std::filesystem::create_directory(directory / "elsewhere");
        ::chmod((directory / "elsewhere").c_str(), 0755);
        projects.start([] {});
    }
    std::filesystem::path write_elsewhere(const std::string& name, const std::string& content) const {
        const auto path = directory / "elsewhere" / name;
        test::write_file(path, content);
        ::chmod(path.c_str(), 0644);
        return path;
    }
    void add(const std::filesystem::path& file, const std::string& name = {}) {
        projects.add(file, name, [this](const Result<Project*>& added) {
            answers.push_back(added ? "added " + (*added)->name() : added.error().message);
        });
    }
    void remove_project(const std::string& name) {
        projects.remove(name, [this](const Result<std::filesystem::path>& file) {
            answers.push_back(file ? "removed " + file->filename().string() : file.error().message);
        });
    }
    /// What the gateway and the worker answer to the end of a project.
    void ends() {
        test::FakeProcess& gate = children.newest("gateway");
        const json last = gate.last("retire");
        gate.says(json{{"type", "retired"}, {"project", last["project"]}, {"generation", last["generation"]}});
        children.newest("worker").says("stopped");
        children.newest("worker").exits();
        timers.pass(0ms);
    }
    [[nodiscard]] Registry on_disk() const { return *Registry::open(directory / "registry.json"); }

    std::vector<std::string> answers;
};

TEST_F(AddedProjects, are_remembered_when_they_run_and_not_before) {
    const auto file = write_elsewhere("chat.so", "1");
    add(file);
    passes();
    EXPECT_THAT(on_disk().added(), IsEmpty());
    comes_up();

    EXPECT_THAT(answers, ElementsAre("added chat"));
    ASSERT_EQ(on_disk().added().size(), 1u);
    EXPECT_EQ(on_disk().added()[0].file, file);
    look();
    EXPECT_EQ(children.count("probe"), 1u) << "it is known";
}

TEST_F(AddedProjects, that_are_refused_leave_nothing_behind) {
    const auto file = write_elsewhere("chat.so", "bad");
    add(file);
    probe().handlers.errors("project chat: chat.so: no entry\n");
    probe().exits(1);

    EXPECT_THAT(answers, ElementsAre("project chat: chat.so: no entry"));
    EXPECT_THAT(refused(), IsEmpty());
    EXPECT_EQ(projects.find("chat"), nullptr);
    EXPECT_THAT(on_disk().added(), IsEmpty());
}

TEST_F(AddedProjects, that_do_not_start_leave_nothing_behind) {
    add(write_elsewhere("chat.so", "1"));
    passes();
    children.newest("worker").says(json{{"type", "failed"}, {"message", "no paper"}});

    EXPECT_THAT(answers, ElementsAre(HasSubstr("no paper")));
    EXPECT_EQ(projects.find("chat"), nullptr);
    children.newest("worker").exits();
    timers.pass(1min);
    EXPECT_EQ(children.count("worker"), 1u) << "nobody tries again";
    EXPECT_EQ(children.newest("gateway").last("forget")["project"], "chat");
}

TEST_F(AddedProjects, follow_their_file) {
    const auto file = write_elsewhere("chat.so", "1");
    add(file);
    passes();
    comes_up();
    write_elsewhere("chat.so", "other");
    look();
    passes();
    children.newest("worker").says(json{{"type", "loaded"}});
    children.all("worker").front()->says("paused");
    children.newest("worker").says("started");

    EXPECT_EQ(projects.find("chat")->facts().generation, 2u);
}

TEST_F(AddedProjects, have_the_name_that_was_given) {
    run("chat.so", "1");
    add(write_elsewhere("chat.so", "1"));
    passes();
    add(directory / "elsewhere/chat.so", "chat-next");
    EXPECT_THAT(probe().spec.arguments, ElementsAre("__probe", HasSubstr("/chat-next.so"), "chat-next"));
    passes("whatever it says itself");
    comes_up();

    EXPECT_THAT(answers,
                ElementsAre("project chat: chat.so: the name is taken by chat.so; give this one another with --name, or remove "
                            "that one first",
                            "added chat-next"));
    EXPECT_NE(projects.find("chat-next")->library()->staged.path, projects.find("chat")->library()->staged.path)
        << "the same bytes, and no shared mapping";
}

TEST_F(AddedProjects, are_added_once) {
    const auto file = write_elsewhere("chat.so", "1");
    add(file);
    add(file);
    passes();
    comes_up();
    add(file, "other");
    add(file);
    passes();

    EXPECT_THAT(answers, ElementsAre(file.string() + " is being added already; try again", "added chat",
                                     file.string() + " is the project chat already; `berth remove chat` first", "added chat"));
    EXPECT_EQ(children.count("worker"), 1u);
}

TEST_F(AddedProjects, need_a_file) {
    add(directory / "elsewhere/none.so");
    EXPECT_THAT(answers, ElementsAre(HasSubstr("none.so: the host finds no such file")));
}

TEST_F(AddedProjects, whose_file_is_missing_are_told_and_can_be_removed) {
    const auto file = write_elsewhere("chat.so", "1");
    ASSERT_TRUE(registry.add(file, "talk", false));
    std::filesystem::remove(file);
    look();

    EXPECT_THAT(refused(), ElementsAre("project talk: " + file.string() +
                                       " was added and is not there; put it back, or `berth remove talk`"));
    EXPECT_TRUE(projects.can_remove("talk"));
    remove_project("talk");
    EXPECT_THAT(answers, ElementsAre("removed chat.so"));
    EXPECT_THAT(refused(), IsEmpty());
    EXPECT_FALSE(projects.can_remove("talk"));
}

TEST_F(AddedProjects, that_are_removed_end_and_stay_away) {
    run("chat.so", "1");
    remove_project("chat");
    EXPECT_THAT(answers, IsEmpty()) << "not before it has ended";
    EXPECT_TRUE(on_disk().is_removed(*look_at(directory / "plugins/chat.so"))) << "but remembered first of all";
    ends();

    EXPECT_THAT(answers, ElementsAre("removed chat.so"));
    EXPECT_THAT(projects.removed(), ElementsAre(directory / "plugins/chat.so"));
    Projects::Outcome outcome;
    projects.rescan([&](const Projects::Outcome& result) { outcome = result; });
    look();
    EXPECT_EQ(children.count("probe"), 1u) << "a rescan does not bring it back";
    EXPECT_EQ(projects.find("chat"), nullptr);
}

TEST_F(AddedProjects, that_were_removed_come_back_when_the_file_changes) {
    run("chat.so", "1");
    remove_project("chat");
    ends();
    write("chat.so", "a new one");
    look();
    look();
    passes();
    comes_up();

    EXPECT_EQ(projects.find("chat")->state(), Project::State::open);
    EXPECT_THAT(projects.removed(), IsEmpty());
}

TEST_F(AddedProjects, that_were_removed_come_back_when_they_are_added) {
    run("chat.so", "1");
    remove_project("chat");
    ends();
    add(directory / "elsewhere/../plugins/chat.so");
    passes();
    comes_up();

    EXPECT_THAT(answers, ElementsAre("removed chat.so", "added chat"));
    EXPECT_FALSE(on_disk().is_removed(*look_at(directory / "plugins/chat.so")));
    EXPECT_THAT(on_disk().added(), IsEmpty());
}

TEST_F(AddedProjects, that_are_removed_while_a_new_library_is_looked_at_do_not_come_back_with_it) {
    run("chat.so", "1");
    write("chat.so", "other");
    look();
    remove_project("chat");
    passes();
    ends();
    look();

    EXPECT_EQ(projects.find("chat"), nullptr);
    EXPECT_EQ(children.count("worker"), 1u);
    EXPECT_TRUE(std::filesystem::is_empty(directory / "staging")) << "nobody keeps a copy";
}

TEST_F(AddedProjects, that_cannot_be_forgotten_for_good_are_not_removed) {
    run("chat.so", "1");
    std::filesystem::create_directories(directory / "registry.json/in-the-way");
    remove_project("chat");

    EXPECT_THAT(answers, ElementsAre(HasSubstr("project chat is not removed: ")));
    EXPECT_EQ(projects.find("chat")->state(), Project::State::open);
    EXPECT_EQ(children.newest("gateway").got("retire"), 0u);
}

}  // namespace
}  // namespace berth::host::supervisor
