// SPDX-License-Identifier: MIT
#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view file = "[defaults.limits]\nidle = '1 s'\nping = '1 s'\npong = '1 s'\n";

TEST(Precedence, is_command_line_then_environment_then_file_then_default) {
    const Loaded all = loaded(file, {.environment = {{"BERTH_DEFAULTS__LIMITS__IDLE", "2 s"},
                                                     {"BERTH_DEFAULTS__LIMITS__PING", "2s"}},
                                     .command_line = {{"defaults.limits.idle", "3 s"}}});

    EXPECT_EQ(all.config.defaults.limits.idle, 3s);
    EXPECT_EQ(all.config.defaults.limits.ping, 2s);
    EXPECT_EQ(all.config.defaults.limits.pong, 1s);
    EXPECT_EQ(all.config.defaults.limits.handler, 30s);
    EXPECT_EQ(all.origins.at("defaults.limits.idle").text(), "command line defaults.limits.idle");
    EXPECT_EQ(all.origins.at("defaults.limits.ping").text(), "environment BERTH_DEFAULTS__LIMITS__PING");
    EXPECT_EQ(all.origins.at("defaults.limits.pong").text(), "berth.toml:4:8");
    EXPECT_FALSE(all.origins.contains("defaults.limits.handler"));
}

TEST(Environment, sets_every_kind_of_value) {
    const Config config = loaded("", {.environment = {{"BERTH_HOST__PLUGINS", "/p q"},
                                                      {"BERTH_HOST__IO_THREADS", "4"},
                                                      {"BERTH_HOST__LOG__FORMAT", "json"},
                                                      {"BERTH_HOST__LOG__LEVEL", "'debug'"},
                                                      {"BERTH_PAGES__ADDRESS", "[::1]:80"},
                                                      {"BERTH_PAGES__STATIC", "{ '/a' = '/b' }"},
                                                      {"BERTH_LISTEN__0__ADDRESS", "127.0.0.1:0"},
                                                      {"BERTH_LISTEN__1__ADDRESS", "0.0.0.0:1"},
                                                      {"BERTH_LISTEN__1__INSECURE", "true"},
                                                      {"BERTH_DEFAULTS__ORIGINS", "same-host, a.org"},
                                                      {"BERTH_DEFAULTS__SUBPROTOCOLS", "['x', 'y']"},
                                                      {"BERTH_PROJECT__CHAT__LIMITS__MESSAGE", "1 KiB"},
                                                      {"BERTH_PROJECT__CHAT__INTERVAL", "500ms"}},
                                      .command_line = {}})
                              .config;

    EXPECT_EQ(config.host.plugins, "/p q");
    EXPECT_EQ(config.host.io_threads, 4u);
    EXPECT_EQ(config.host.log.format, LogFormat::json);
    EXPECT_EQ(config.host.log.level, log::Level::debug);
    EXPECT_EQ(config.pages->address.text(), "[::1]:80");
    EXPECT_EQ(config.pages->static_files.at("/a"), "/b");
    ASSERT_EQ(config.listen.size(), 2u);
    EXPECT_EQ(config.listen[0].address.port, 0);
    EXPECT_TRUE(config.listen[1].insecure);
    EXPECT_EQ(config.defaults.origins, (std::vector<std::string>{"same-host", "a.org"}));
    EXPECT_EQ(config.defaults.subprotocols, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(config.project("chat").limits.message_bytes, 1024u);
    EXPECT_EQ(config.project("chat").interval, 500ms);
}

TEST(Environment, leaves_other_variables_alone) {
    EXPECT_EQ(refusal("", {.environment = {{"PATH", "/bin"}, {"BERTH_HOME", "/x"}, {"OTHER__HOST", "1"}},
                           .command_line = {}}),
              "");
}

TEST(Environment, is_refused_like_a_file_with_the_name_of_the_variable) {
    EXPECT_EQ(refusal("", {.environment = {{"BERTH_HOST__PLUGIN", "/x"}}, .command_line = {}}),
              "environment BERTH_HOST__PLUGIN: host.plugin: unknown key; did you mean plugins?\n");
    EXPECT_EQ(refusal("", {.environment = {{"BERTH_HOST__IO_THREADS", "many"}}, .command_line = {}}),
              "environment BERTH_HOST__IO_THREADS: host.io_threads: a text stands here, but a whole number "
              "such as 100 "
              "is expected\n");
    EXPECT_EQ(refusal("", {.environment = {{"BERTH_DEFAULTS__LIMITS__IDLE", "5 m"}}, .command_line = {}}),
              "environment BERTH_DEFAULTS__LIMITS__IDLE: defaults.limits.idle: \"5 m\" is not a time: m is "
              "not a unit: "
              "write min for minutes or ms for milliseconds\n");
    EXPECT_EQ(refusal("", {.environment = {{"BERTH_HOST__", "x"}}, .command_line = {}}),
              "environment BERTH_HOST__: names are BERTH_TABLE__KEY with two underscores between, as in "
              "BERTH_HOST__STATE\n");
    EXPECT_EQ(refusal("", {.environment = {{"BERTH_LISTEN__2__ADDRESS", "127.0.0.1:1"}}, .command_line = {}}),
              "environment BERTH_LISTEN__2__ADDRESS: listen: listeners are numbered, as in listen.0.address; "
              "there are 1, "
              "and the next number adds one\n");
}

TEST(CommandLine, is_refused_like_a_file_with_the_key) {
    EXPECT_EQ(refusal("", {.environment = {}, .command_line = {{"state", "/x"}}}),
              "command line state: keys are TABLE.KEY with dots between, as in host.state\n");
    EXPECT_EQ(refusal("", {.environment = {}, .command_line = {{"hots.state", "/x"}}}),
              "command line hots.state: hots: unknown table; did you mean host?\n");
}

TEST(Overrides, can_not_heal_a_file_that_is_wrong) {
    EXPECT_EQ(
        refusal("[host]\nio_threads = 'x'\n",
                {.environment = {}, .command_line = {{"host.io_threads", "1"}}}),
        "berth.toml:2:14: host.io_threads: a text stands here, but a whole number such as 100 is expected\n");
}

}  // namespace
}  // namespace berth::host::config
