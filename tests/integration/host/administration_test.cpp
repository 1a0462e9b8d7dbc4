// SPDX-License-Identifier: MIT
/// SEMANTICS: administration, by the real command line; exit codes, tables, JSON, and what bad input gets.
#include <csignal>

#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Administration : public BothIsolations {
protected:
    json cli_json(std::vector<std::string> arguments) {
        arguments.emplace_back("--json");
        const auto result = host_.cli(arguments);
        EXPECT_EQ(result.exit_code, 0) << result.err;
        return json::parse(result.out, nullptr, false);
    }
    /// Runs a verb that must fail with that code, and returns its sentence.
    std::string failure(const std::vector<std::string>& arguments, int code) {
        const auto result = host_.cli(arguments);
        EXPECT_EQ(result.exit_code, code) << arguments[0] << ": " << result.out << result.err;
        EXPECT_THAT(result.out, IsEmpty()) << "words belong on standard error";
        return result.err;
    }

    TestHost host_{with({fixture_project("witness"), shipped_project("echo")},
                        "[project.witness]\ninterval = \"1 h\"\n")};
};
BERTH_BOTH_ISOLATIONS(Administration);

TEST_P(Administration, status_says_what_the_host_is_and_where_it_listens) {
    const auto status = cli_json({"status"});

    EXPECT_EQ(status.at("host").at("state"), "running");
    EXPECT_EQ(status.at("host").at("pid"), host_.pid());
    ASSERT_EQ(status.at("listeners").size(), 2u);
    EXPECT_EQ(status.at("listeners").at(0).at("address"), "127.0.0.1:" + std::to_string(host_.ws().port));
    const auto table = host_.cli({"status"});
    EXPECT_THAT(table.out, AllOf(HasSubstr("running"), HasSubstr("witness"), HasSubstr("echo")));
}

TEST_P(Administration, projects_lists_every_project_with_its_figures) {
    auto ana = host_.connect("/witness");
    ask(ana, "echo hi");

    const auto projects = cli_json({"projects"}).at("projects");

    ASSERT_EQ(projects.size(), 2u);
    EXPECT_EQ(projects.at(0).at("name"), "echo");
    const auto& witness = projects.at(1);
    EXPECT_EQ(witness.at("name"), "witness");
    EXPECT_EQ(witness.at("state"), "open");
    EXPECT_EQ(witness.at("isolation"), GetParam());
    EXPECT_EQ(witness.at("version"), "1");
    EXPECT_EQ(witness.at("clients"), 1);
    EXPECT_EQ(witness.at("accepted"), 1);
    EXPECT_GE(witness.at("messages_in"), 1);
    EXPECT_EQ(witness.at("last_error"), nullptr);
}

TEST_P(Administration, a_first_run_of_a_global_service_that_fails_is_told_by_what_started_it_and_by_projects) {
    host_.rewrite_configuration("[project.puppet.settings]\nservice.fail = true\n");
    ASSERT_EQ(host_.cli({"reload"}).exit_code, 0);
    const std::string sentence = "project puppet is open; the first run of its global service failed: the service says no\n";

    const auto added = host_.cli({"add", fixture_project("puppet").string()});

    EXPECT_EQ(added.exit_code, 0);
    EXPECT_THAT(added.err, HasSubstr(sentence));
    EXPECT_THAT(host_.cli({"deploy", fixture_project("puppet").string()}).err, HasSubstr(sentence));
    EXPECT_THAT(host_.cli({"reload", "puppet"}).err, HasSubstr("loaded anew; " + sentence));
    EXPECT_EQ(cli_json({"projects", "puppet"}).at("projects").at(0).at("first_run_error"), "the service says no");
    EXPECT_THAT(host_.cli({"projects"}).out, HasSubstr("the first run of its global service failed: the service says no"));
}

TEST_P(Administration, check_warns_of_tables_without_a_library_and_of_libraries_of_one_name) {
    const TempDir directory{"berth-check"};
    std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});  // As root the projects run as another user.
    std::filesystem::create_directories(directory / "plugins");
    for (const char* name : {"echo.so", "other.so"})
        std::filesystem::copy_file(fixture_project("bad/named_echo"), directory / "plugins" / name);
    write_file(directory / "berth.toml", "[host]\nplugins = \"plugins\"\nstate = \"state\"\n[[listen]]\naddress = \"127.0.0.1:0\"\n"
                                         "[project.ehco]\ninterval = \"20 s\"\n");

    const auto checked = run({berth_executable(), "check", "--strict", "--config", directory / "berth.toml"});

    const std::string plugins = (directory / "plugins").string();
    EXPECT_EQ(checked.exit_code, 5) << "warnings only";
    EXPECT_THAT(checked.out, HasSubstr("berth.toml:7:12: project.ehco: no library is called so: copy ehco.so into " + plugins +
                                       ", or `berth add` one, or mend the name; did you mean echo?\n"));
    EXPECT_THAT(checked.out, HasSubstr(plugins + "/other.so: would be the project echo, and so would " + plugins + "/echo.so: "));
}

TEST_P(Administration, check_warns_of_a_port_that_another_holds_unless_that_is_this_host) {
    const std::string port = std::to_string(host_.ws().port);
    write_file(host_.directory() / "other.toml", "[host]\nplugins = \"plugins\"\nstate = \"other\"\n[[listen]]\naddress = \"127.0.0.1:" + port + "\"\n");

    const auto other = run({berth_executable(), "check", "--configuration", "--config", host_.directory() / "other.toml"});
    const auto own = run({berth_executable(), "check", "--configuration", "--config", host_.configuration()});

    EXPECT_EQ(other.exit_code, 0);
    EXPECT_THAT(other.out, HasSubstr("warning: "));
    EXPECT_THAT(other.out, HasSubstr("other.toml:5:11: listen.0.address: 127.0.0.1:" + port + ": the port is in use by another program; end "
                                     "that one (ss -ltnp shows it), or write another address under [[listen]]\n"));
    EXPECT_THAT(own.out, Not(HasSubstr("in use")));
    EXPECT_FALSE(std::filesystem::exists(host_.directory() / "other")) << "nothing is made";
}

TEST_P(Administration, clients_lists_filters_and_pages) {
    std::vector<WsClient> clients;
    for (int i = 0; i < 25; ++i)
        clients.emplace_back(host_.endpoint(i % 2 == 0), i < 20 ? "/witness" : "/echo");
    const auto id = ask(clients.at(0), "id");

    EXPECT_EQ(cli_json({"clients"}).at("total"), 25);
    EXPECT_EQ(cli_json({"clients", "--project", "echo"}).at("total"), 5);
    EXPECT_EQ(cli_json({"clients", "--address", "127.0.0.1"}).at("total"), 25);
    EXPECT_EQ(cli_json({"clients", "--address", "10.0.0.1"}).at("total"), 0);
    EXPECT_EQ(cli_json({"clients", "--idle", "1h"}).at("total"), 0);
    const auto page = cli_json({"clients", "--project", "witness", "--limit", "15"});
    ASSERT_EQ(page.at("clients").size(), 15u);
    const auto rest = cli_json(
        {"clients", "--project", "witness", "--limit", "15", "--after", page.at("after").get<std::string>()});
    EXPECT_EQ(rest.at("clients").size(), 5u);
    EXPECT_EQ(rest.at("after"), nullptr);
    const auto rows = cli_json({"clients", "--limit", "100"}).at("clients");
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const json& r) { return r.at("id") == id; });
    ASSERT_NE(row, rows.end());
    EXPECT_EQ(row->at("project"), "witness");
    EXPECT_EQ(row->at("address"), "127.0.0.1");
    EXPECT_THAT(row->at("tls").get<std::string>(), HasSubstr("TLSv1"));
    EXPECT_EQ(row->at("messages_in"), 1);
}

TEST_P(Administration, disconnect_ends_one_client_all_of_a_project_or_all_of_an_address) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness"), cleo = host_.connect("/echo");
    const auto ana_id = ask(ana, "id");

    EXPECT_EQ(host_.cli({"disconnect", ana_id, "--code", "4001", "--reason", "too loud"}).exit_code, 0);
    const auto closed = ana.closed();
    EXPECT_EQ(closed.code, 4001u);
    EXPECT_EQ(closed.reason, "too loud");
    EXPECT_TRUE(eventually([&] { return Events{host_}.count("gone " + ana_id + " 4001 3 too loud") == 1; }));

    EXPECT_EQ(host_.cli({"disconnect", "--project", "witness", "--yes"}).exit_code, 0);
    EXPECT_EQ(ben.closed().code, 1000u);
    EXPECT_EQ(ask(cleo, "still here"), "still here");

    EXPECT_EQ(host_.cli({"disconnect", "--address", "::ffff:127.0.0.1", "--yes"}).exit_code, 0)
        << "however it is written";
    EXPECT_EQ(cleo.closed().code, 1000u);
}

TEST_P(Administration, send_reaches_one_client_or_all_of_a_project) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness"), cleo = host_.connect("/echo");
    const auto ana_id = ask(ana, "id");

    EXPECT_EQ(host_.cli({"send", ana_id, "only you"}).exit_code, 0);
    EXPECT_EQ(ana.hears(), "only you");
    EXPECT_EQ(host_.cli({"send", "--project", "witness", "--all", "all of you"}).exit_code, 0);
    EXPECT_EQ(ana.hears(), "all of you");
    EXPECT_EQ(ben.hears(), "all of you");
    EXPECT_EQ(host_.cli({"send", ana_id, "-"}, "from a pipe").exit_code, 0);
    EXPECT_EQ(ana.hears(), "from a pipe");
    EXPECT_EQ(ask(cleo, "not me"), "not me");
}

TEST_P(Administration, execute_takes_typed_arguments) {
    auto ana = host_.connect("/witness");
    const auto id = ask(ana, "id");
    write_file(host_.directory() / "bytes.bin", std::string_view{"\x00\x01\x02", 3});

    const auto result =
        host_.cli({"execute", id, "all_types", "bool:true", "int:-5", "real:1.5", "text:hi there",
                   "buffer:@" + (host_.directory() / "bytes.bin").string(), "client:" + id});

    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(ana.hears(), "true -5 1.5 hi there 3 " + id);
    EXPECT_EQ(host_.cli({"execute", "witness", "wait", "int:1"}).exit_code, 0) << "in the global service";
}

TEST_P(Administration, execute_says_what_was_wrong) {
    auto ana = host_.connect("/witness");
    const auto id = ask(ana, "id");

    EXPECT_THAT(failure({"execute", "witness", "fail", "text:out of paper"}, 1), HasSubstr("out of paper"));
    EXPECT_THAT(failure({"execute", id, "fail", "text:out of ink"}, 1), HasSubstr("out of ink"))
        << "in a client's context, which it does not close";
    EXPECT_THAT(failure({"execute", "witness", "nothing_like_that"}, 1),
                HasSubstr("project witness has no procedure nothing_like_that; `berth projects witness` lists them"));
    EXPECT_THAT(failure({"execute", "witness", "wiat"}, 1),
                HasSubstr("has no procedure wiat; did you mean wait? `berth projects witness` lists them"));
    EXPECT_THAT(failure({"execute", "witness", "record", "client:1", "text:x"}, 1), HasSubstr("record"))
        << "it is not open to the administrator";
    EXPECT_THAT(failure({"execute", "witness", "wait", "text:long"}, 1), HasSubstr("integer"));
    EXPECT_THAT(failure({"execute", "witness", "wait", "int:many"}, 2), HasSubstr("many"));
    EXPECT_EQ(ask(ana, "echo fine"), "fine");
}

TEST_P(Administration, service_shows_the_global_service_and_runs_it_now_without_moving_its_grid) {
    constexpr std::int64_t interval_ms = 3'600'000;
    auto ana = host_.connect("/witness");
    json before;
    std::chrono::steady_clock::time_point asked;
    // A grid that began anew with the run would be noticed: by then a second of this interval has passed.
    ASSERT_TRUE(eventually([&] {
        asked = std::chrono::steady_clock::now();
        before = cli_json({"service", "witness"});
        return before.at("next_ms") <= interval_ms - 1000;
    }));
    EXPECT_EQ(before.at("interval_ms"), interval_ms);
    EXPECT_EQ(before.at("runs"), 1);

    EXPECT_EQ(host_.cli({"service", "witness", "--run"}).exit_code, 0);

    const auto after = cli_json({"service", "witness"});
    const auto passed = std::chrono::steady_clock::now() - asked;
    EXPECT_EQ(after.at("runs"), 2);
    EXPECT_EQ(after.at("missed"), 0);
    EXPECT_LE(after.at("next_ms"), before.at("next_ms"));
    EXPECT_GE(after.at("next_ms").get<std::int64_t>(),
              before.at("next_ms").get<std::int64_t>() -
                  std::chrono::ceil<std::chrono::milliseconds>(passed).count() - 1)
        << "no more of the interval is gone than has passed";
    EXPECT_EQ(ask(ana, "runs"), "2");
}

TEST_P(Administration, block_refuses_newcomers_and_open_lets_them_in_again) {
    auto ana = host_.connect("/witness");
    ASSERT_EQ(host_.cli({"block", "witness"}).exit_code, 0);

    RawClient refused{host_.ws()};
    const auto reply = refused.ask("/witness");

    EXPECT_EQ(reply.status, 503);
    EXPECT_NE(reply.header("Retry-After"), "");
    EXPECT_EQ(host_.project("witness").at("state"), "blocked");
    EXPECT_EQ(ask(ana, "echo still here"), "still here");
    ASSERT_EQ(host_.cli({"open", "witness"}).exit_code, 0);
    EXPECT_NO_THROW(host_.connect("/witness"));
}

TEST_P(Administration, logs_have_the_project_and_the_client_and_escape_what_others_sent) {
    auto ana = host_.connect("/witness");
    const auto id = ask(ana, "id");
    ana.says("throw bad \x1B[31m red\nline");
    ana.closed();

    std::string out;
    EXPECT_TRUE(eventually([&] {
        out = host_.cli({"logs", "--project", "witness", "--json", "--lines", "50"}).out;
        return out.find("bad ") != std::string::npos;
    }));

    EXPECT_THAT(out, AllOf(HasSubstr(id), HasSubstr("witness"), Not(HasSubstr("\x1B"))));
    const auto human = host_.cli({"logs", "--project", "witness", "--level", "error"}).out;
    EXPECT_THAT(human, Not(HasSubstr("\x1B")));
    EXPECT_THAT(host_.log(), Not(HasSubstr("\x1B[31m")));
}

TEST_P(Administration, logs_count_generations_as_projects_does) {
    for (const std::string name : {"echo", "witness"}) {
        std::string line;
        ASSERT_TRUE(eventually([&] {
            const auto out = host_.cli({"logs", "--project", name, "--json", "--lines", "50"}).out;
            const auto at = out.find("project loaded");
            if (at == std::string::npos) return false;
            const auto begin = out.rfind('\n', at) + 1;
            line = out.substr(begin, out.find('\n', at) - begin);
            return true;
        }));

        auto record = json::parse(line);
        if (record.contains("record")) record = record.at("record");
        const auto generation = record.contains("generation") ? record.at("generation") : record.at("f").at("generation");
        EXPECT_EQ(std::to_string(generation.get<int>()), host_.project(name).at("generation")) << line;
    }
}

TEST_P(Administration, logs_say_who_comes_and_goes_without_being_asked_for_more) {
    auto ana = host_.connect("/witness/room");
    const auto id = ask(ana, "id");
    ana.closes(4001, "bye");
    ana.closed();

    EXPECT_TRUE(host_.logs("info    client connected  project=witness client=" + id + " path=/witness/room address=127.0.0.1"));
    EXPECT_TRUE(host_.logs("info    client disconnected  project=witness client=" + id + " code=4001 reason=bye"));
}

TEST_P(Administration, version_and_health_answer) {
    EXPECT_THAT(host_.cli({"version"}).out, HasSubstr("0.1"));
    EXPECT_EQ(host_.cli({"health"}).exit_code, 0);
}

TEST_P(Administration, what_is_not_there_is_exit_code_3_and_a_sentence) {
    EXPECT_THAT(failure({"disconnect", "12345"}, 3), HasSubstr("12345"));
    EXPECT_THAT(failure({"send", "12345", "hi"}, 3), HasSubstr("12345"));
    EXPECT_THAT(failure({"execute", "12345", "note", "text:x"}, 3), HasSubstr("12345"));
    EXPECT_THAT(failure({"block", "witnes"}, 3), HasSubstr("witness")) << "a suggestion";
    EXPECT_THAT(failure({"service", "nobody"}, 3), HasSubstr("nobody"));
    EXPECT_THAT(failure({"projects", "nobody"}, 3), HasSubstr("nobody"));
}

TEST_P(Administration, malformed_input_is_exit_code_2_and_a_sentence) {
    EXPECT_THAT(failure({"dance"}, 2), HasSubstr("dance"));
    EXPECT_THAT(failure({"disconnect", "not-a-number"}, 2), HasSubstr("not-a-number"));
    EXPECT_THAT(failure({"disconnect"}, 2), Not(IsEmpty()));
    EXPECT_THAT(failure({"clients", "--limit", "none"}, 2), HasSubstr("none"));
    EXPECT_THAT(failure({"clients", "--idle", "5 parsecs"}, 2), HasSubstr("parsecs"));
    for (const auto* address : {"", "notanaddress", "127.0.0", "127.0.0.1:80"}) {
        const std::string sentence = "argument address must be an IP address, as 203.0.113.7 or 2001:db8::7";
        EXPECT_THAT(failure({"disconnect", "--address", address, "--yes"}, 2), HasSubstr(sentence)) << address;
        EXPECT_THAT(failure({"clients", "--address", address}, 2), HasSubstr(sentence)) << address;
    }
    const auto reply = host_.ask("clients", {{"limit", UINT64_MAX}});
    EXPECT_EQ(reply.at("code"), 2) << reply;
    EXPECT_THAT(reply.at("error").get<std::string>(), HasSubstr("argument limit must be a whole number from 0 to"));
}

TEST_P(Administration, a_close_code_that_is_nobodys_is_refused) {
    auto ana = host_.connect("/witness");
    const auto id = ask(ana, "id");
    for (const auto* code : {"999", "1004", "1005", "1006", "1010", "1015", "2000", "5000", "70000"}) {
        const auto result = host_.cli({"disconnect", id, "--code", code});
        EXPECT_NE(result.exit_code, 0) << code;
        EXPECT_THAT(result.err, HasSubstr(code));
    }
    EXPECT_EQ(ask(ana, "echo still here"), "still here");
}

class Secrets : public BothIsolations {};
BERTH_BOTH_ISOLATIONS(Secrets);

TEST_P(Secrets, of_clients_let_in_or_refused_never_reach_the_log_at_any_level) {
    TestHost host{with({fixture_project("witness"), fixture_project("door")},
                       "[host.log]\nlevel = \"debug\"\n[project.witness]\norigins = [\"good.example\"]\n"
                       "subprotocols = [\"chat.v1\"]\n")};
    const Headers secrets{{"Cookie", "session=s3cret"},
                          {"Authorization", "Bearer s3cret"},
                          {"Sec-WebSocket-Protocol", "chat.v1, token.s3cret"}};
    const auto with_origin = [&](const std::string& origin) {
        auto headers = secrets;
        headers.emplace_back("Origin", origin);
        return headers;
    };

    auto ana = host.connect("/witness?token=s3cret", with_origin("https://good.example"));
    ana.says("throw something");
    EXPECT_EQ(ana.closed().code, 1011u);
    EXPECT_EQ(RawClient{host.ws()}.ask("/nobody?token=s3cret", secrets).status, 404);
    EXPECT_EQ(RawClient{host.ws()}.ask("/witness?token=s3cret", with_origin("https://evil.example")).status, 403);
    EXPECT_EQ(RawClient{host.ws()}.ask("/door?status=401&reason=who&token=s3cret", secrets).status, 401);
    auto old_version = secrets;
    old_version.emplace_back("Sec-WebSocket-Version", "8");
    EXPECT_EQ(RawClient{host.ws()}.ask("/witness?token=s3cret", old_version).status, 426);

    // Of each there is something in the log, or nothing would have been shown.
    for (const auto* line : {"client connected", "client disconnected", "something", "status=404", "status=403",
                             "status=401", "status=426"})
        EXPECT_TRUE(host.logs(line)) << line;
    EXPECT_THAT(host.log(), Not(HasSubstr("s3cret")));
    const auto kept = host.cli({"logs", "--json", "--lines", "10000", "--level", "debug"}).out;
    EXPECT_THAT(kept, AllOf(HasSubstr("client connected"), Not(HasSubstr("s3cret"))));
}

}  // namespace berth::test
