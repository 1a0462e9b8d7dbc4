// SPDX-License-Identifier: MIT
#include "config/effective.hpp"

#include <gmock/gmock.h>

#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view file = R"([host]
plugins = "/srv/plugins"
[[listen]]
address = "127.0.0.1:7681"
tls = { certificate = "/c.pem", key = "/k.pem" }
[pages]
static = { "/chat" = "/srv/chat" }
[defaults.limits]
idle = "5 min"
[project.chat]
interval = "20 s"
[project.chat.limits]
message = "32 KiB"
[project.chat.settings]
motd = "say \"hi\""
api_key = "hunter2"
dsn = "postgres://me:hunter2@db/x"
nested.password = "hunter2"
ratio = 2.0
)";

TEST(Effective, shows_each_value_with_its_origin) {
    const std::string toml = effective_toml(
        loaded(file, {.environment = {{"BERTH_HOST__STATE", "/s"}}, .command_line = {{"host.run", "/r"}}}));

    const auto expect_line = [&](std::string start, const std::string& origin) {
        if (start.size() < 40) start.resize(40, ' ');
        EXPECT_THAT(toml, HasSubstr("\n" + start + "  # " + origin + "\n"));
    };
    expect_line("plugins = \"/srv/plugins\"", "berth.toml:2:11");
    expect_line("state = \"/s\"", "environment BERTH_HOST__STATE");
    expect_line("run = \"/r\"", "command line host.run");
    expect_line("io_threads = 0", "default");
    expect_line("key = \"/k.pem\"", "berth.toml:5:39");
    expect_line("idle = \"5 min\"", "berth.toml:9:8");
    expect_line("idle = \"5 min\"", "general, berth.toml:9:8");
    expect_line("interval = \"20 s\"", "specific, berth.toml:11:12");
    expect_line("message = \"32 KiB\"", "specific, berth.toml:13:11");
    expect_line("\"/chat\" = \"/srv/chat\"", "berth.toml:7:22");
    expect_line("\"motd\" = \"say \\\"hi\\\"\"", "specific, berth.toml:15:8");
}

TEST(Effective, never_shows_secrets) {
    const Loaded all = loaded(file);

    for (const std::string& text : {effective_toml(all), effective_json(all)}) {
        EXPECT_THAT(text, Not(HasSubstr("hunter2")));
        EXPECT_THAT(text, HasSubstr("(not shown)"));
        EXPECT_THAT(text, HasSubstr("/k.pem"));
    }
}

TEST(Effective, is_a_configuration_that_means_the_same) {
    const Loaded once = loaded(
        "[[listen]]\naddress = '[::1]:1'\ntls = { certificate = '/c', key = '/k' }\n[[listen]]\n"
        "address = '127.0.0.1:2'\n[pages]\nstatic = { '/' = '/w' }\n[defaults]\norigins = ['*']\n"
        "[project.a]\ninterval = 0\nblocked = true\n[project.a.flags]\ninline = true\n"
        "[project.a.settings]\nx = [1, 2.5, 'z']\n[project.b]\nisolation = 'none'\n");

    const Loaded twice = loaded(effective_toml(once));

    EXPECT_EQ(effective_json({twice.config, {}}), effective_json({once.config, {}}));
}

TEST(Effective, has_values_for_machines_in_json) {
    const std::string json = effective_json(loaded("[defaults.limits]\nidle = '2 s'\n"));

    EXPECT_THAT(
        json,
        HasSubstr(
            "\"defaults.limits.idle\": {\n    \"value\": 2000,\n    \"origin\": \"berth.toml:2:8\"\n  }"));
    EXPECT_THAT(
        json,
        HasSubstr("\"defaults.limits.message\": {\n    \"value\": 65536,\n    \"origin\": \"default\"\n  }"));
    EXPECT_THAT(json, HasSubstr("\"listen.0.address\": {\n    \"value\": \"127.0.0.1:7681\""));
}

}  // namespace
}  // namespace berth::host::config
