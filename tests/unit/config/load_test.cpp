// SPDX-License-Identifier: MIT
#include "config/load.hpp"

#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

using namespace std::chrono_literals;

TEST(Load, an_empty_file_means_the_built_in_values) {
    const Config config = loaded("").config;

    ASSERT_EQ(config.listen.size(), 1u);
    EXPECT_EQ(config.listen[0].address.text(), "127.0.0.1:7681");
    EXPECT_FALSE(config.listen[0].tls);
    EXPECT_FALSE(config.pages);
    EXPECT_TRUE(config.projects.empty());
    EXPECT_EQ(config.host.plugins, "/var/lib/berth/plugins");
    EXPECT_EQ(config.host.control, default_run_directory() / "control.sock");
    EXPECT_EQ(config.defaults.limits.message_bytes, 65'536u);
    EXPECT_EQ(config.defaults.limits.handler, 30s);
    EXPECT_EQ(config.defaults.limits.idle, 0ms);
    EXPECT_EQ(config.defaults.isolation, Isolation::process);
}

TEST(Load, the_example_of_the_decisions_is_understood_to_the_last_value) {
    const Config config = loaded(R"(
[host]
plugins = "/srv/plugins"
state   = "/srv/berth"

[[listen]]
address = "127.0.0.1:7681"

[[listen]]
address = "[::]:7682"
tls = { certificate = "/etc/cert.pem", key = "/etc/key.pem", minimum = "1.3" }

[pages]
address = "127.0.0.1:7680"
static  = { "/chat" = "/srv/chat" }

[defaults]
isolation = "none"
origins   = ["same-host", "*.Example.org"]
[defaults.limits]
connections = 500
connections_per_address = 20
message = "32 KiB"
backlog = "2 MiB"
backlog_policy = "drop_oldest"
idle = "5 min"
ping = "0"
pong = "9 s"
handler = "3 s"

[project.chat]
interval = "20 s"
subprotocols = ["chat.v1"]
[project.chat.database]
file = "chat.sqlite"
connections = 200
[project.chat.flags]
stateless = true
inline = false
[project.chat.settings]
motd = "hello"
)")
                              .config;

    ASSERT_EQ(config.listen.size(), 2u);
    EXPECT_EQ(config.listen[1].address.text(), "[::]:7682");
    ASSERT_TRUE(config.listen[1].tls);
    EXPECT_EQ(config.listen[1].tls->key, "/etc/key.pem");
    EXPECT_EQ(config.listen[1].tls->minimum, TlsVersion::v1_3);
    ASSERT_TRUE(config.pages);
    EXPECT_EQ(config.pages->static_files.at("/chat"), "/srv/chat");
    const Project& chat = config.project("chat");
    EXPECT_EQ(chat.isolation, Isolation::none);
    EXPECT_EQ(chat.origins, (std::vector<std::string>{"same-host", "*.example.org"}));
    EXPECT_EQ(chat.limits.connections, 500u);
    EXPECT_EQ(chat.limits.connections_per_address, 20u);
    EXPECT_EQ(chat.limits.message_bytes, 32u << 10);
    EXPECT_EQ(chat.limits.backlog_bytes, 2u << 20);
    EXPECT_EQ(chat.limits.backlog_policy, BacklogPolicy::drop_oldest);
    EXPECT_EQ(chat.limits.idle, 5min);
    EXPECT_EQ(chat.limits.ping, 0s);
    EXPECT_EQ(chat.limits.pong, 9s);
    EXPECT_EQ(chat.limits.handler, 3s);
    EXPECT_EQ(chat.interval, 20s);
    EXPECT_EQ(chat.subprotocols, std::vector<std::string>{"chat.v1"});
    EXPECT_EQ(chat.database.file, "chat.sqlite");
    EXPECT_EQ(chat.database.connections, 200u);
    EXPECT_EQ(chat.flags.stateless, true);
    EXPECT_EQ(chat.flags.inline_handlers, false);
    EXPECT_EQ(chat.flags.exclusive, std::nullopt);
    ASSERT_EQ(chat.settings.size(), 1u);
    EXPECT_EQ(chat.settings[0], (Setting{"motd", std::string("hello")}));
}

TEST(Load, a_specific_value_wins_over_the_general_one_wherever_they_stand) {
    const Config config =
        loaded("[project.a.limits]\nidle = '1 s'\n[project.b]\n[defaults.limits]\nidle = '9 s'\n").config;

    EXPECT_EQ(config.project("a").limits.idle, 1s);
    EXPECT_EQ(config.project("b").limits.idle, 9s);
    EXPECT_EQ(config.project("unheard-of").limits.idle, 9s);
}

TEST(Load, fragments_in_the_order_of_their_names_override_the_main_file) {
    const Directory directory;
    const auto main = directory.write(
        "berth.toml", "[host]\nio_threads = 1\nuser = 'a'\n[[listen]]\naddress='127.0.0.1:1'\n");
    (void)directory.write("conf.d/20-b.toml", "[host]\nio_threads = 3\n[project.x]\nenabled = false\n");
    (void)directory.write("conf.d/10-a.toml",
                          "[host]\nio_threads = 2\nuser = 'b'\n[[listen]]\naddress='127.0.0.1:2'\n");
    (void)directory.write("conf.d/.hidden.toml", "nonsense");
    (void)directory.write("conf.d/notes.txt", "nonsense");

    const auto result = load(main);

    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(result->config.host.io_threads, 3u);
    EXPECT_EQ(result->config.host.user, "b");
    EXPECT_EQ(result->config.listen.size(), 2u);
    EXPECT_EQ(result->config.listen[1].address.port, 2);
    EXPECT_FALSE(result->config.project("x").enabled);
    EXPECT_EQ(result->origins.at("host.user").text(),
              (directory.path() / "conf.d/10-a.toml").string() + ":3:8");
    EXPECT_EQ(result->origins.at("host.io_threads").name, (directory.path() / "conf.d/20-b.toml").string());
    EXPECT_EQ(result->origins.at("host.io_threads").line, 2u);
    EXPECT_EQ(result->origins.at("host.io_threads").column, 14u);
}

TEST(Load, relative_paths_start_at_the_file_that_has_them) {
    const Directory directory;
    const auto main = directory.write("berth.toml", "[host]\nplugins = 'plugins'\nstate = '../state'\n");
    (void)directory.write("conf.d/a.toml", "[pages]\nstatic = { '/' = 'www' }\n");

    const auto result = load(main);

    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(result->config.host.plugins, directory.path() / "plugins");
    EXPECT_EQ(result->config.host.state, directory.path().parent_path() / "state");
    EXPECT_EQ(result->config.pages->static_files.at("/"), directory.path() / "conf.d/www");
}

TEST(Load, without_a_file_the_overrides_alone_count) {
    const auto result = load({}, {.environment = {}, .command_line = {{"host.io_threads", "2"}}});

    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(result->config.host.io_threads, 2u);
}

TEST(Load, a_missing_file_a_directory_and_an_unreadable_fragment_are_named) {
    const Directory directory;
    const std::string missing = (directory.path() / "none.toml").string();

    EXPECT_EQ(load(missing).error().text(),
              missing + ": there is no such file: name another one, or create it\n");
    EXPECT_EQ(load(directory.path()).error().text(),
              directory.path().string() + ": this is a directory: name a file in it\n");
}

TEST(Load, sizes_may_be_plain_numbers_and_of_times_only_zero) {
    const Config config =
        loaded("[defaults.limits]\nidle = 0\nmessage = 4096\nping = '2 Min 30s'\nbacklog = '65536'\n")
            .config;

    EXPECT_EQ(config.defaults.limits.idle, 0ms);
    EXPECT_EQ(config.defaults.limits.message_bytes, 4096u);
    EXPECT_EQ(config.defaults.limits.ping, 150s);
    EXPECT_EQ(config.defaults.limits.backlog_bytes, 65'536u);
}

TEST(Load, a_byte_order_mark_is_nothing) {
    EXPECT_EQ(refusal("\xEF\xBB\xBF[host]\nio_threads = 1\n"), "");
}

TEST(Load, the_control_socket_follows_the_run_directory_unless_it_is_named) {
    EXPECT_EQ(loaded("[host]\nrun = '/a'\n").config.host.control, "/a/control.sock");
    EXPECT_EQ(loaded("[host]\nrun = '/a'\ncontrol = '/b.sock'\n").config.host.control, "/b.sock");
}

}  // namespace
}  // namespace berth::host::config
