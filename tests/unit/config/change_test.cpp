// SPDX-License-Identifier: MIT
#include "config/change.hpp"

#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

/// "host.limits.connections project.chat.origins", from one text to another.
std::string changed(std::string_view before, std::string_view after) {
    std::string names;
    for (const Change& change : changes(loaded(before).config, loaded(after).config))
        names += (names.empty() ? "" : " ") + change.name;
    return names;
}

TEST(Changes, are_none_between_texts_that_mean_the_same) {
    EXPECT_EQ(changed("", ""), "");
    EXPECT_EQ(changed("[defaults.limits]\nidle = '60 s'\n", "[defaults.limits]\nidle = '1 min'\n"), "");
    EXPECT_EQ(changed("", "[project.chat]\norigins = ['same-host']\n"), "");
}

TEST(Changes, name_each_key_with_its_table) {
    EXPECT_EQ(changed("", "[host.limits]\nconnections = 7\n"), "host.limits.connections");
    EXPECT_EQ(changed("", "[project.chat]\norigins = ['a.example']\ninterval = '1 s'\n"),
              "project.chat.origins project.chat.interval");
    EXPECT_EQ(changed("[project.chat.settings]\nmotd = 'a'\n", "[project.chat.settings]\nmotd = 'b'\n"),
              "project.chat.settings");
    EXPECT_EQ(changed("", "[pages]\naddress = '127.0.0.1:0'\n"), "pages.address");
}

TEST(Changes, of_a_general_value_are_told_for_the_projects_that_have_a_table_and_inherit_it) {
    EXPECT_EQ(changed("[project.chat]\n[project.shop]\nlimits.idle = '1 s'\n",
                      "[defaults]\nlimits.idle = '1 min'\n[project.chat]\n[project.shop]\nlimits.idle = '1 s'\n"),
              "defaults.limits.idle project.chat.limits.idle");
}

TEST(Changes, that_hold_at_once_are_taken_over_and_no_others) {
    Project running, wanted;
    wanted.origins = {"a.example"};
    wanted.limits.idle = Milliseconds(7);
    wanted.limits.executors = 7;
    wanted.isolation = Isolation::none;

    take_over(running, wanted);

    EXPECT_EQ(running.origins, wanted.origins);
    EXPECT_EQ(running.limits.idle, wanted.limits.idle);
    EXPECT_EQ(running.limits.executors, Limits{}.executors);
    EXPECT_EQ(running.isolation, Isolation::process);
}

TEST(Changes, cannot_reach_what_the_host_is_built_on_before_it_starts_again) {
    std::string fixed;
    for (const Key& key : keys()) {
        if (key.effect == Effect::next_start) fixed += key.full_name() + " ";
    }
    EXPECT_EQ(fixed,
              "host.plugins host.state host.run host.control host.group host.io_threads host.user host.confinement host.private_files "
              "host.core_dumps host.log.format host.log.level host.log.directory host.log.files host.log.file_size host.log.file_count pages.address "
              "pages.insecure defaults.isolation ");
}

}  // namespace
}  // namespace berth::host::config
