// SPDX-License-Identifier: MIT
#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

std::vector<Setting> settings_of(std::string_view toml, const Overrides& overrides = {}) {
    return loaded(toml, overrides).config.project("x").settings;
}

TEST(Settings, are_flattened_with_dots_in_the_order_of_their_keys) {
    const auto settings = settings_of(R"([project.x.settings]
motd = "hi"
limit = 5
ratio = 0.5
on = true
born = 1979-05-27
rooms = [ { name = "a", seats = 2 }, { name = "b" } ]
[project.x.settings.deep.deeper]
key = "v"
)");

    const std::vector<Setting> expected{{"born", std::string("1979-05-27")},
                                        {"deep.deeper.key", std::string("v")},
                                        {"limit", std::int64_t{5}},
                                        {"motd", std::string("hi")},
                                        {"on", true},
                                        {"ratio", 0.5},
                                        {"rooms.0.name", std::string("a")},
                                        {"rooms.0.seats", std::int64_t{2}},
                                        {"rooms.1.name", std::string("b")}};
    EXPECT_EQ(settings, expected);
}

TEST(Settings, may_have_names_of_any_kind) {
    EXPECT_EQ(settings_of("[project.x.settings]\n\"Größe x\" = 1\n"),
              (std::vector<Setting>{{"Größe x", std::int64_t{1}}}));
}

TEST(Settings, of_one_name_are_refused_when_a_quoted_dot_makes_them_meet) {
    EXPECT_EQ(refusal("[project.x.settings]\n\"a.b\" = 1\na.b = 2\n"),
              "berth.toml:3:3: project.x.settings.a.b: this name is written twice, once with a quoted dot; "
              "rename one\n");
}

TEST(Settings, without_a_name_are_refused) {
    EXPECT_EQ(refusal("[project.x.settings]\n\"\" = 1\n"),
              "berth.toml:2:1: project.x.settings: a setting without a name: write one\n");
}

TEST(Settings, are_overridden_one_by_one) {
    const Overrides overrides{
        .environment = {{"BERTH_PROJECT__X__SETTINGS__MOTD", "new words"}},
        .command_line = {{"project.x.settings.limit", "7"}, {"project.x.settings.added", "true"}}};

    const auto settings = settings_of("[project.x.settings]\nMotd = 'old'\nlimit = 5\nkept = 1\n", overrides);

    EXPECT_EQ(settings, (std::vector<Setting>{{"Motd", std::string("new words")},
                                              {"added", true},
                                              {"kept", std::int64_t{1}},
                                              {"limit", std::int64_t{7}}}));
}

TEST(Settings, of_a_later_file_replace_lists_as_a_whole_and_change_forms) {
    const Directory directory;
    const auto main =
        directory.write("berth.toml", "[project.x.settings]\na = [1, 2, 3]\nb = 1\nc = { d = 1 }\n");
    (void)directory.write("conf.d/a.toml", "[project.x.settings]\na = [9]\nb = { e = 2 }\nc = 5\n");

    const auto result = load(main);

    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(
        result->config.project("x").settings,
        (std::vector<Setting>{{"a.0", std::int64_t{9}}, {"b.e", std::int64_t{2}}, {"c", std::int64_t{5}}}));
}

TEST(Settings, are_bounded_in_number) {
    std::string toml = "[project.x.settings]\n";
    for (int i = 0; i < 5000; ++i) toml += "k" + std::to_string(i) + " = 1\n";

    EXPECT_EQ(refusal(toml), "berth.toml:4098:9: project.x.settings: more than 4096 settings\n");
}

}  // namespace
}  // namespace berth::host::config
