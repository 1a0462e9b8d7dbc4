// SPDX-License-Identifier: MIT
#include "supervisor/intake.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>

#include "base/log.hpp"
#include "fakes.hpp"
#include "support/temp_dir.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class IntakeTest : public ::testing::Test {
protected:
    IntakeTest() {
        std::filesystem::create_directory(directory / "plugins");
        std::filesystem::create_directory(directory / "staging");
        ::chmod((directory / "plugins").c_str(), 0755);
    }
    PluginFile file(const std::string& stem, const std::string& content = "library") {
        const auto path = directory / "plugins" / (stem + ".so");
        test::write_file(path, content + stem);
        ::chmod(path.c_str(), 0644);
        return {.path = path, .stem = stem};
    }
    void take(const PluginFile& plugin, Intake::Order order = Intake::Order::own) {
        intake.take(plugin, order, [this](Result<Library> library) {
            results.push_back(library ? "ok " + library->project_name() : library.error().message);
        });
    }
    std::shared_ptr<test::FakeProcess> probe(std::size_t index) { return children.all("probe").at(index); }
    static void passes(test::FakeProcess& process) {
        process.handlers.output("{\"name\":\"\",\"flags\":\"5\"}\n");
        process.exits();
    }

    test::TempDir directory;
    test::FakeTimers timers;
    test::FakeChildren children;
    test::InlineBackground background;
    std::vector<std::string> results;
    std::function<Result<std::vector<std::string>>(const StagedLibrary&)> inspect =
        [](const StagedLibrary&) { return std::vector<std::string>{}; };
    Intake intake{timers, background, children,
                  {.staging = directory / "staging",
                   .at_once = 2,
                   .inspect = [this](const StagedLibrary& staged, const std::string&) { return inspect(staged); }}};
};

TEST_F(IntakeTest, tries_the_private_copy_in_a_process_of_its_own) {
    take(file("chat"));
    ASSERT_EQ(children.count("probe"), 1u);
    const auto& arguments = probe(0)->spec.arguments;
    EXPECT_EQ(arguments.at(0), "__probe");
    EXPECT_EQ(arguments.at(1).find((directory / "staging").string()), 0u);
    EXPECT_THAT(arguments.at(1), ::testing::EndsWith("/chat.so"));

    passes(*probe(0));

    EXPECT_THAT(results, ElementsAre("ok chat"));
}

TEST_F(IntakeTest, takes_the_name_that_the_library_declares) {
    take(file("chat"));
    probe(0)->handlers.output("printed while it was loaded\n{\"name\":\"talk\"}\n");
    probe(0)->exits();

    EXPECT_THAT(results, ElementsAre("ok talk"));
}

TEST_F(IntakeTest, logs_what_the_probe_finds_odd_and_takes_the_library) {
    std::vector<std::string> findings;
    log::set_sink([&](const log::Line& line) {
        for (const log::Field& field : line.fields)
            if (field.key == "finding") findings.push_back(field.value);
    });
    take(file("chat"));
    probe(0)->handlers.output("{\"name\":\"\",\"remark\":\"20 ms; write the unit\"}\n");
    probe(0)->exits();
    log::set_sink([](const log::Line&) {});

    EXPECT_THAT(findings, ElementsAre("20 ms; write the unit"));
    EXPECT_THAT(results, ElementsAre("ok chat"));
}

TEST_F(IntakeTest, passes_the_probes_own_sentence_on_and_removes_the_copy) {
    take(file("chat"));
    probe(0)->handlers.errors("project chat: chat.so: has no entry\n");
    probe(0)->exits(1);

    EXPECT_THAT(results, ElementsAre("project chat: chat.so: has no entry"));
    EXPECT_TRUE(std::filesystem::is_empty(directory / "staging"));
}

TEST_F(IntakeTest, names_the_file_that_was_given_not_the_copy_that_has_the_projects_name) {
    PluginFile given = file("chat-2");
    given.name = "chat";
    take(given);
    EXPECT_THAT(probe(0)->spec.arguments.at(1), ::testing::EndsWith("/chat.so"));
    probe(0)->handlers.errors("project chat: chat.so: has no entry\n");
    probe(0)->exits(1);

    EXPECT_THAT(results, ElementsAre("project chat: chat-2.so: has no entry"));
}

TEST_F(IntakeTest, says_how_a_library_killed_its_probe) {
    take(file("chat"));
    probe(0)->dies(SIGSEGV);

    EXPECT_THAT(results, ElementsAre("project chat: chat.so: trying it in a process of its own: it ended by SIGSEGV "
                                     "(segmentation fault)"));
}

TEST_F(IntakeTest, gives_a_probe_five_seconds) {
    take(file("chat"));
    timers.pass(5s);
    EXPECT_THAT(probe(0)->signals, ElementsAre(SIGKILL));
    probe(0)->dies(SIGKILL);

    EXPECT_THAT(results, ElementsAre("project chat: chat.so: trying it in a process of its own: it did not load within 5 s, "
                                     "ended by SIGKILL (killed)"));
}

TEST_F(IntakeTest, does_not_believe_a_library_that_ends_its_probe_with_success) {
    take(file("chat"));
    probe(0)->exits(0);

    EXPECT_THAT(results, ElementsAre("project chat: chat.so: trying it in a process of its own: it ended before it was loaded"));
}

TEST_F(IntakeTest, loads_nothing_that_the_inspection_refuses) {
    inspect = [](const StagedLibrary&) { return fail(Code::invalid, "is for AArch64; build it for this machine"); };
    take(file("chat"));

    EXPECT_THAT(results, ElementsAre("project chat: chat.so: is for AArch64; build it for this machine"));
    EXPECT_EQ(children.count("probe"), 0u);
    EXPECT_TRUE(std::filesystem::is_empty(directory / "staging"));
}

TEST_F(IntakeTest, says_what_is_wrong_with_the_file_itself) {
    take({.path = directory / "plugins" / "none.so", .stem = "none"});

    EXPECT_THAT(results, ElementsAre("project none: none.so: open it: No such file or directory"));
}

TEST_F(IntakeTest, probes_a_few_at_a_time_and_answers_newcomers_in_the_order_of_the_calls) {
    for (const char* name : {"a", "b", "c"}) take(file(name), Intake::Order::newcomers);
    EXPECT_EQ(children.count("probe"), 2u);

    passes(*probe(1));
    EXPECT_THAT(results, IsEmpty());
    EXPECT_EQ(children.count("probe"), 3u);
    passes(*probe(2));
    passes(*probe(0));

    EXPECT_THAT(results, ElementsAre("ok a", "ok b", "ok c"));
}

TEST_F(IntakeTest, answers_a_file_when_it_is_decided_though_another_projects_library_hangs) {
    take(file("stuck"));
    take(file("stuck_too"), Intake::Order::newcomers);
    passes(*probe(1));
    EXPECT_THAT(results, ElementsAre("ok stuck_too"));

    take(file("chat"));
    passes(*probe(2));

    EXPECT_THAT(results, ElementsAre("ok stuck_too", "ok chat"));
}

TEST_F(IntakeTest, answers_files_that_are_for_one_project_in_the_order_of_the_calls) {
    take(file("chat"));
    auto later = file("two");
    later.name = "chat";
    take(later);
    passes(*probe(1));
    EXPECT_THAT(results, IsEmpty());
    passes(*probe(0));
    EXPECT_THAT(results, ElementsAre("ok chat", "ok chat"));

    results.clear();
    take(file("chat"));
    take(file("three"));
    probe(3)->handlers.output("{\"name\":\"chat\"}\n");
    probe(3)->exits();
    EXPECT_THAT(results, IsEmpty()) << "it declares the name";
    probe(2)->dies(SIGSEGV);
    ASSERT_EQ(results.size(), 2u);
    EXPECT_EQ(results.back(), "ok chat");
}

}  // namespace
}  // namespace berth::host::supervisor
