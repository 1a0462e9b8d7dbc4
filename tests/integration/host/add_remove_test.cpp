// SPDX-License-Identifier: MIT
/// SEMANTICS: administration: add and remove; the file stays, the host remembers.
#include <sys/stat.h>

#include <csignal>

#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class AddRemove : public BothIsolations {
protected:
    AddRemove() { ::chmod(elsewhere_.path().c_str(), 0755); }

    std::filesystem::path place(const std::filesystem::path& library, const std::string& name) const {
        install_file(library, elsewhere_ / name);
        return elsewhere_ / name;
    }
    static int door_of(const TestHost& host, const std::string& target) { return RawClient{host.ws()}.ask(target).status; }
    static std::string greeting(const TestHost& host, const std::string& target) {
        try {
            WsClient client{host.ws(), target};
            return ask(client, "hi");
        } catch (const std::exception& refusal) {
            return refusal.what();
        }
    }

    TempDir elsewhere_{"berth-elsewhere"};
};
BERTH_BOTH_ISOLATIONS(AddRemove);

TEST_P(AddRemove, an_added_library_is_served_from_where_it_lies_also_after_a_restart) {
    TestHost host{with({shipped_project("echo")})};
    const auto file = place(fixture_project("greeter_1"), "greeter.so");

    const auto added = host.cli({"add", file.string(), "--json"});

    ASSERT_EQ(added.exit_code, 0) << added.err;
    EXPECT_EQ(json::parse(added.out), (json{{"project", "greeter"}, {"state", "open"}, {"file", file.string()}, {"first_run_error", nullptr}}));
    EXPECT_EQ(greeting(host, "/greeter"), "version 1") << "at once";
    EXPECT_EQ(host.project("greeter").at("path"), file.string());
    host.restart();
    EXPECT_EQ(greeting(host, "/greeter"), "version 1");
    EXPECT_EQ(host.cli({"add", file.string()}).exit_code, 0) << "it may be said twice";
}

TEST_P(AddRemove, an_added_library_is_watched) {
    TestHost host{with({})};
    const auto file = place(fixture_project("greeter_1"), "greeter.so");
    ASSERT_EQ(host.cli({"add", file.string()}).exit_code, 0);

    place(fixture_project("greeter_2"), "greeter.so");

    EXPECT_TRUE(eventually([&] { return greeting(host, "/greeter") == "version 2"; }));
}

TEST_P(AddRemove, a_name_may_be_given) {
    TestHost host{with({fixture_project("greeter_1")})};
    const auto file = place(fixture_project("greeter_1"), "greeter_1.so");

    const auto taken = host.cli({"add", file.string()});
    EXPECT_EQ(taken.exit_code, 1);
    EXPECT_THAT(taken.err, HasSubstr("the name is taken by greeter_1.so; give this one another with --name"));
    const auto added = host.cli({"add", file.string(), "--name", "second"});

    EXPECT_EQ(added.exit_code, 0) << added.err;
    EXPECT_EQ(greeting(host, "/second"), "version 1");
    EXPECT_EQ(greeting(host, "/greeter_1"), "version 1");
    const auto nameless = host.cli({"add", file.string(), "--name", "Not A Name"});
    EXPECT_EQ(nameless.exit_code, 2);
    host.restart();
    EXPECT_EQ(greeting(host, "/second"), "version 1");
}

TEST_P(AddRemove, what_cannot_be_a_project_is_refused_in_the_loaders_words_and_leaves_nothing_behind) {
    TestHost host{with({})};
    const auto library = fixture_project("bad/units_out_of_order");
    host.install(library, "bad.so");
    ASSERT_TRUE(eventually([&] { return !host.ask("projects").at("refused").empty(); }));
    const std::string loader = host.ask("projects").at("refused").at(0).at("error");
    std::filesystem::remove(host.plugins() / "bad.so");

    const auto refused = host.cli({"add", place(library, "bad.so").string()});

    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_EQ(refused.err, "berth: " + loader + "\n");
    write_file(elsewhere_ / "text.so", "not a library");
    EXPECT_EQ(host.cli({"add", (elsewhere_ / "text.so").string()}).exit_code, 1);
    EXPECT_EQ(host.cli({"add", (elsewhere_ / "missing.so").string()}).exit_code, 66);
    ASSERT_TRUE(eventually([&] { return host.ask("projects").at("refused").empty(); }));
    EXPECT_TRUE(host.ask("projects").at("projects").empty());
    host.restart();
    EXPECT_TRUE(host.ask("projects").at("projects").empty());
    EXPECT_TRUE(host.ask("projects").at("refused").empty());
}

TEST_P(AddRemove, a_library_that_others_may_write_is_refused) {
    TestHost host{with({})};
    const auto file = place(fixture_project("greeter_1"), "greeter.so");
    ::chmod(file.c_str(), 0666);

    const auto refused = host.cli({"add", file.string()});

    EXPECT_EQ(refused.exit_code, 77);
    EXPECT_THAT(refused.err, HasSubstr("chmod go-w"));
}

TEST_P(AddRemove, a_library_of_somebody_else_is_refused_with_the_way_in_that_works) {
    TestHost host{with({})};
    const auto file = place(fixture_project("greeter_1"), "greeter.so");
    if (::chown(elsewhere_.path().c_str(), 12345, 12345) != 0) GTEST_SKIP() << "giving files away takes root";
    const std::string way = "install -m 644 " + file.string() + " " + host.plugins().string() + "/";

    for (const std::string verb : {"add", "deploy"}) {
        const auto refused = host.cli({verb, file.string()});
        EXPECT_EQ(refused.exit_code, 77);
        EXPECT_THAT(refused.err, AllOf(HasSubstr("belongs to user 12345"), HasSubstr("sudo " + way)));
    }
    EXPECT_EQ(run({"sh", "-ec", way}).exit_code, 0);
    EXPECT_TRUE(host.project_is("greeter", "open"));
}

TEST_P(AddRemove, remove_ends_the_project_and_the_file_and_the_data_stay) {
    TestHost host{with({fixture_project("witness"), shipped_project("echo")}, "[project.witness]\ninterval = \"1 h\"\n")};
    auto ana = host.connect("/witness"), cleo = host.connect("/echo");
    const auto id = ask(ana, "id");

    const auto removed = host.cli({"remove", "witness"});

    EXPECT_EQ(removed.exit_code, 0) << removed.err;
    EXPECT_THAT(removed.err, HasSubstr("`berth add " + (host.plugins() / "witness.so").string() + "`"));
    EXPECT_EQ(ana.closed().code, 1001u);
    EXPECT_EQ(ask(cleo, "still here"), "still here");
    EXPECT_EQ(door_of(host, "/witness"), 404);
    EXPECT_TRUE(host.project("witness").is_null());
    EXPECT_TRUE(std::filesystem::exists(host.plugins() / "witness.so"));
    const Events events{host};
    EXPECT_EQ(events.count("gone " + id + " 1001"), 1u);
    EXPECT_LE(events.after_last("gone "), events.first("stop"));
    EXPECT_THAT(host.cli({"projects"}).out, HasSubstr("removed  " + (host.plugins() / "witness.so").string()));
    EXPECT_EQ(host.cli({"remove", "witness"}).exit_code, 3);
}

TEST_P(AddRemove, a_removed_library_is_left_out_after_a_restart_until_it_is_added) {
    TestHost host{with({fixture_project("greeter_1")})};
    ASSERT_EQ(host.cli({"remove", "greeter_1"}).exit_code, 0);
    EXPECT_EQ(host.cli({"rescan"}).exit_code, 0);
    host.restart();
    EXPECT_EQ(door_of(host, "/greeter_1"), 404);

    EXPECT_EQ(host.cli({"add", (host.plugins() / "greeter_1.so").string()}).exit_code, 0);

    EXPECT_EQ(greeting(host, "/greeter_1"), "version 1");
    host.restart();
    EXPECT_EQ(greeting(host, "/greeter_1"), "version 1");
}

TEST_P(AddRemove, a_removed_library_that_is_copied_in_anew_counts_again) {
    TestHost host{with({fixture_project("greeter_1")})};
    ASSERT_EQ(host.cli({"remove", "greeter_1"}).exit_code, 0);

    host.install(fixture_project("greeter_2"), "greeter_1.so");

    EXPECT_TRUE(eventually([&] { return greeting(host, "/greeter_1") == "version 2"; }));
}

TEST_P(AddRemove, an_added_library_that_is_removed_is_forgotten_wholly) {
    TestHost host{with({})};
    const auto file = place(fixture_project("greeter_1"), "greeter.so");
    ASSERT_EQ(host.cli({"add", file.string()}).exit_code, 0);

    EXPECT_EQ(host.cli({"remove", "greeter"}).exit_code, 0);

    place(fixture_project("greeter_2"), "greeter.so");
    host.restart();
    EXPECT_EQ(door_of(host, "/greeter"), 404);
    EXPECT_TRUE(host.ask("projects").at("removed").empty());
}

TEST_P(AddRemove, an_added_library_that_is_missing_is_told_and_can_be_removed) {
    TestHost host{with({})};
    const auto file = place(fixture_project("greeter_1"), "greeter.so");
    ASSERT_EQ(host.cli({"add", file.string()}).exit_code, 0);
    std::filesystem::remove(file);
    host.restart();

    EXPECT_THAT(host.cli({"projects"}).out, HasSubstr("was added and is not there; put it back, or `berth remove greeter`"));
    EXPECT_EQ(host.cli({"remove", "greeter"}).exit_code, 0);
    EXPECT_TRUE(host.ask("projects").at("refused").empty());
}

TEST_P(AddRemove, a_host_whose_registry_is_damaged_does_not_start_and_says_why) {
    TestHost host{with({})};
    write_file(host.state() / "registry.json", "{");
    host.stop();

    const auto started = run({berth_executable(), "serve", "--config", host.configuration()});

    EXPECT_EQ(started.exit_code, 1);
    EXPECT_THAT(started.err, AllOf(HasSubstr("registry.json"), HasSubstr("mend it")));
    const auto checked = run({berth_executable(), "check", "--config", host.configuration()});
    EXPECT_EQ(checked.exit_code, 1);
    EXPECT_THAT(checked.out, HasSubstr("mend it"));
}

}  // namespace berth::test
