// SPDX-License-Identifier: MIT
/// Each verb against a real control server whose handler the test writes.
#include <fstream>
#include <thread>

#include "cli/table.hpp"
#include "unit/cli/verbs_fixture.hpp"

namespace berth::host::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(CliVerbs, status_shows_host_listeners_pages_and_projects) {
    answer(a_status());

    const Said said = run({"status"});

    EXPECT_EQ(said.code, 0);
    EXPECT_THAT(said.out, HasSubstr("berth 0.1.0, running for 3 min 20 s, pid 7\n"));
    EXPECT_THAT(said.out, HasSubstr("ws://127.0.0.1:7681\n"));
    EXPECT_THAT(said.out, HasSubstr("wss://127.0.0.1:7443\n"));
    EXPECT_THAT(said.out, HasSubstr("http://127.0.0.1:7680/\n"));
    EXPECT_THAT(said.out, HasSubstr("184 of 10000\n"));
    EXPECT_THAT(said.out, HasSubstr("PROJECT  STATE  CLIENTS"));
    EXPECT_EQ(said.err, "");
}

TEST_F(CliVerbs, json_is_the_reply_without_ok_on_one_line) {
    answer(a_status());

    const Said said = run({"status", "--json"});

    EXPECT_EQ(std::count(said.out.begin(), said.out.end(), '\n'), 1);
    const json data = json::parse(said.out);
    EXPECT_FALSE(data.contains("ok"));
    EXPECT_EQ(data["clients"], 184);
    EXPECT_EQ(said.err, "");
}

TEST_F(CliVerbs, every_verb_that_talks_to_the_host_says_when_it_is_not_running) {
    server_.reset();
    const std::vector<std::vector<std::string>> all{{"status"},
                                                    {"health"},
                                                    {"projects"},
                                                    {"clients"},
                                                    {"disconnect", "7"},
                                                    {"send", "7", "x"},
                                                    {"execute", "7", "p"},
                                                    {"service", "chat"},
                                                    {"block", "chat"},
                                                    {"open", "chat"},
                                                    {"rescan"},
                                                    {"logs"},
                                                    {"stop"}};
    for (const auto& words : all) {
        const Said said = run(words);
        EXPECT_EQ(said.code, 69) << words.front();
        EXPECT_EQ(said.err,
                  "berth: host not running: no answer at " + socket() + "; start it with `berth serve`\n");
        EXPECT_EQ(said.out, "");
    }
}

TEST_F(CliVerbs, end_with_the_code_of_the_hosts_refusal) {
    for (const auto code :
         {ReplyCode::refused, ReplyCode::not_found, ReplyCode::try_again, ReplyCode::permission}) {
        refuse(code, "because");
        const Said said = run({"open", "chat"});
        EXPECT_EQ(said.code, static_cast<int>(code));
        EXPECT_EQ(said.err, "berth: because\n");
    }
}

TEST_F(CliVerbs, projects_shows_one_with_its_procedures) {
    answer({{"projects", {chat}}});

    const Said said = run({"projects", "chat"});

    EXPECT_EQ(requests_.at(0)["project"], "chat");
    EXPECT_THAT(said.out, HasSubstr("procedure announce(text)\n"));
    answer({{"projects", json::array()}, {"refused", {{{"file", "bad.so"}, {"error", "not a library"}}}}});
    EXPECT_EQ(run({"projects"}).out, "refused  bad.so: not a library\n");
    answer({{"projects", json::array()}});
    EXPECT_THAT(run({"projects"}).err, HasSubstr("no projects yet"));
}

TEST_F(CliVerbs, projects_says_why_a_library_that_was_asked_for_is_refused) {
    answer({{"projects", json::array()},
            {"refused", {{{"file", "hello.so"}, {"project", "hello"}, {"error", "project hello: hello.so: is cut off"}}}}});

    const Said said = run({"projects", "hello"});
    const Said as_json = run({"projects", "hello", "--json"});

    EXPECT_EQ(said.code, 1);
    EXPECT_EQ(said.err, "berth: refused: project hello: hello.so: is cut off\n");
    EXPECT_EQ(said.out, "");
    EXPECT_EQ(as_json.code, 1);
    EXPECT_EQ(json::parse(as_json.out)["refused"][0]["error"], "project hello: hello.so: is cut off");
}

TEST_F(CliVerbs, clients_filters_and_pages_through_ten_thousand) {
    handler_.script = [this](const Request& request, const Reply& reply) {
        keep(request);
        const auto after = std::stoul(request.arguments.value("after", "0"));
        json page = json::array();
        for (auto id = after + 1; id <= 10'000 && page.size() < request.arguments["limit"]; ++id) {
            page.push_back({{"id", std::to_string(id)},
                            {"project", "chat"},
                            {"address", "203.0.113.7"},
                            {"port", 4711},
                            {"path", "/chat"},
                            {"idle_ms", 1000},
                            {"status", "open"}});
        }
        json next = page.empty() || page.back()["id"] == "10000" ? json() : page.back()["id"];
        reply.ok({{"clients", std::move(page)}, {"total", 10'000}, {"after", std::move(next)}});
    };

    const Said all =
        run({"clients", "--project", "chat", "--address", "203.0.113.7", "--idle", "5min", "--json"});
    EXPECT_EQ(json::parse(all.out)["clients"].size(), 10'000u);
    EXPECT_EQ(json::parse(all.out)["total"], 10'000);
    EXPECT_EQ(requests_.size(), 10u);
    EXPECT_EQ(requests_[0]["project"], "chat");
    EXPECT_EQ(requests_[0]["address"], "203.0.113.7");
    EXPECT_EQ(requests_[0]["idle_ms_min"], 300'000);

    const Said table = run({"clients"});
    EXPECT_EQ(std::count(table.out.begin(), table.out.end(), '\n'), 10'001);
    EXPECT_THAT(table.out, HasSubstr("10000  chat     203.0.113.7:4711"));
    EXPECT_EQ(table.err, "berth: 10000 clients\n");

    const Said some = run({"clients", "--limit", "3", "--after", "5", "--json"});
    EXPECT_EQ(json::parse(some.out)["clients"].size(), 3u);
    EXPECT_EQ(json::parse(some.out)["clients"][0]["id"], "6");
    EXPECT_EQ(json::parse(some.out)["after"], "8");
}

TEST_F(CliVerbs, clients_fits_the_terminal_with_the_longest_names_and_addresses) {
    answer({{"clients",
             {{{"id", "18446744073709551615"},
               {"project", std::string(64, 'n')},
               {"address", "2001:db8:1111:2222:3333:4444:5555:6666"},
               {"port", 65535},
               {"path", "/" + std::string(64, 'n')}}}},
            {"total", 1},
            {"after", nullptr}});

    for (const std::size_t width : {80u, 40u}) {
        std::istringstream table(run({"clients"}, {.width = width}).out);
        for (std::string line; std::getline(table, line);) EXPECT_LE(display_width(line), width) << line;
        EXPECT_THAT(table.str(), HasSubstr("18446744073709551615")) << "it is what the other verbs are told";
    }
}

TEST_F(CliVerbs, clients_says_when_there_is_none) {
    answer({{"clients", json::array()}, {"total", 0}, {"after", nullptr}});

    EXPECT_EQ(run({"clients"}).err, "berth: no clients\n");
    EXPECT_EQ(run({"clients", "--quiet"}).err, "");
    EXPECT_EQ(run({"clients", "seven"}).code, 2);
    const Said one = run({"clients", "7"});
    EXPECT_EQ(one.code, 3);
    EXPECT_EQ(one.err, "berth: no client 7; `berth clients` lists them\n");
    EXPECT_EQ(run({"clients", "--json"}).out, "{\"after\":null,\"clients\":[],\"total\":0}\n");
}

TEST_F(CliVerbs, disconnect_takes_one_client_without_asking) {
    answer({{"count", 1}});

    const Said said = run({"disconnect", "7", "--code", "4001", "--reason", "too loud"});

    EXPECT_EQ(said.code, 0);
    EXPECT_EQ(said.err, "berth: disconnected 1 client\n");
    EXPECT_EQ(requests_.back(),
              json({{"verb", "disconnect"}, {"client", "7"}, {"code", 4001}, {"reason", "too loud"}}));
}

TEST_F(CliVerbs, disconnect_wants_a_yes_for_more_than_one) {
    handler_.script = [this](const Request& request, const Reply& reply) {
        keep(request);
        if (request.verb == "clients") return reply.ok({{"total", 184}, {"clients", json::array()}});
        reply.ok({{"count", 184}});
    };

    const Said refused = run({"disconnect", "--project", "chat"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_EQ(refused.err, "berth: this would disconnect 184 clients; add --yes to do it\n");
    EXPECT_EQ(requests_.back()["verb"], "clients");

    EXPECT_EQ(run({"disconnect", "7", "8"}).code, 2);
    EXPECT_EQ(run({"disconnect", "--project", "chat", "--yes"}).code, 0);
    EXPECT_EQ(requests_.back(), json({{"verb", "disconnect"}, {"project", "chat"}}));

    const Said asked = run({"disconnect", "--address", "203.0.113.7"}, {.can_ask = true}, "y\n");
    EXPECT_EQ(asked.code, 0);
    EXPECT_EQ(asked.err, "berth: disconnect 184 clients? [y/N] berth: disconnected 184 clients\n");
    EXPECT_EQ(run({"disconnect", "--address", "203.0.113.7"}, {.can_ask = true}, "n\n").code, 2);
}

TEST_F(CliVerbs, disconnect_tells_what_it_could_not_do) {
    handler_.script = [](const Request& request, const Reply& reply) {
        if (request.arguments["client"] == "8") return reply.fail(ReplyCode::not_found, "no client 8");
        reply.ok({{"count", 1}});
    };

    const Said partly = run({"disconnect", "7", "8", "9", "--yes"});
    EXPECT_EQ(partly.code, 4);
    EXPECT_EQ(partly.err, "berth: no client 8\nberth: disconnected 2 clients\n");
    EXPECT_EQ(run({"disconnect", "8"}).code, 3);
    EXPECT_EQ(run({"disconnect"}).code, 2);
    EXPECT_THAT(run({"disconnect", "ana"}).err,
                HasSubstr("disconnect: \"ana\" is no client's id; `berth clients` lists them\n"));
    EXPECT_EQ(run({"disconnect", "7", "--project", "chat"}).code, 2);
}

TEST_F(CliVerbs, send_carries_text_buffers_and_standard_input) {
    answer({{"count", 1}});

    EXPECT_EQ(run({"send", "7", "hello"}).err, "berth: sent to 1 client\n");
    EXPECT_EQ(requests_.back(),
              json({{"verb", "send"}, {"client", "7"}, {"kind", "text"}, {"payload", "hello"}}));
    EXPECT_EQ(run({"send", "7", "-"}, {}, "from a pipe").code, 0);
    EXPECT_EQ(requests_.back()["payload"], "from a pipe");
    EXPECT_EQ(run({"send", "7", "--buffer", "-"}, {}, "hi").code, 0);
    EXPECT_EQ(requests_.back(),
              json({{"verb", "send"}, {"client", "7"}, {"kind", "buffer"}, {"payload", "aGk="}}));
    EXPECT_EQ(run({"send", "--project", "chat", "--all", "hello"}).code, 0);
    EXPECT_EQ(requests_.back(),
              json({{"verb", "send"}, {"project", "chat"}, {"kind", "text"}, {"payload", "hello"}}));
}

TEST_F(CliVerbs, send_never_reaches_all_by_mistake) {
    answer({{"count", 1}});
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"send"},
                                               {"send", "hello"},
                                               {"send", "--project", "chat", "hello"},
                                               {"send", "--all", "hello"},
                                               {"send", "--project", "chat", "--all"},
                                               {"send", "7", "a", "b"},
                                               {"send", "ana", "a"},
                                               {"send", "--project", "chat", "--all", "7", "a"}}) {
        EXPECT_EQ(run(words).code, 2) << testing::PrintToString(words);
    }
    EXPECT_EQ(run({"send", "7", "--buffer", "/does/not/exist"}).code, 66);
    EXPECT_TRUE(requests_.empty());
}

TEST_F(CliVerbs, execute_finds_its_target) {
    answer({{"project", "chat"}, {"procedure", "announce"}, {"message", nullptr}});

    const Said said = run({"execute", "chat", "announce", "text:hi", "int:5"});
    EXPECT_EQ(said.code, 0);
    EXPECT_EQ(said.err, "berth: executed announce in chat\n");
    EXPECT_EQ(requests_.back(), json::parse(R"({"verb":"execute","project":"chat","procedure":"announce",
        "arguments":[{"type":"text","value":"hi"},{"type":"int","value":"5"}]})"));
    run({"execute", "7", "p"});
    EXPECT_EQ(requests_.back(),
              json({{"verb", "execute"}, {"client", "7"}, {"procedure", "p"}, {"arguments", json::array()}}));
    run({"execute", "global", "p", "--project", "chat"});
    EXPECT_EQ(
        requests_.back(),
        json({{"verb", "execute"}, {"project", "chat"}, {"procedure", "p"}, {"arguments", json::array()}}));
}

TEST_F(CliVerbs, execute_refuses_what_is_ambiguous_or_mistyped) {
    answer(json::object());

    EXPECT_EQ(run({"execute", "global", "p"}).err,
              "berth: execute: say whose global service: `berth execute global PROCEDURE --project NAME`\n");
    EXPECT_EQ(run({"execute", "chat", "p", "--project", "echo"}).code, 2);
    const Said mistyped = run({"execute", "7", "p", "5"});
    EXPECT_EQ(mistyped.code, 2);
    EXPECT_EQ(mistyped.err, "berth: execute: argument \"5\": write its type before it, as int:5\n");
    EXPECT_EQ(run({"execute", "7", "p", "buffer:@/does/not/exist"}).code, 66);
    EXPECT_TRUE(requests_.empty());
}

TEST_F(CliVerbs, service_shows_and_runs) {
    answer({{"project", "ticker"},
            {"interval_ms", 20'000},
            {"runs", 5},
            {"missed", 1},
            {"last_ms", 250},
            {"next_ms", 12'000},
            {"running", false}});

    const Said shown = run({"service", "ticker"});
    EXPECT_EQ(shown.out, "interval  20 s\nruns      5, 1 missed\nlast run  250 ms\nnext run  in 12 s\n");
    EXPECT_EQ(requests_.back(), json({{"verb", "service"}, {"project", "ticker"}}));
    const Said ran = run({"service", "ticker", "--run"});
    EXPECT_EQ(requests_.back(), json({{"verb", "service"}, {"project", "ticker"}, {"run", true}}));
    EXPECT_THAT(ran.err, HasSubstr("ran the global service of ticker"));
    EXPECT_EQ(run({"service", "ticker", "walk"}).code, 2);
}

TEST_F(CliVerbs, block_open_and_rescan) {
    answer({{"project", "chat"}, {"state", "blocked"}});
    EXPECT_EQ(run({"block", "chat", "--retry-after", "2min"}).code, 0);
    EXPECT_EQ(requests_.back(), json({{"verb", "block"}, {"project", "chat"}, {"retry_after_s", 120}}));

    answer(
        {{"added", {"new"}}, {"changed", json::array()}, {"removed", {"old"}}, {"refused", json::array()}});
    EXPECT_EQ(run({"rescan"}).out, "added new\nremoved old\n");
    answer({{"added", json::array()}, {"refused", {{{"file", "bad.so"}, {"error", "not a library"}}}}});
    const Said refused = run({"rescan"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_EQ(refused.err, "berth: bad.so: not a library\n");
}

TEST_F(CliVerbs, logs_renders_what_the_host_streams) {
    handler_.script = [this](const Request& request, const Reply& reply) {
        keep(request);
        reply.more({{"record",
                     {{"t", 0},
                      {"l", "warning"},
                      {"m", "client \x1b refused"},
                      {"project", "chat"},
                      {"f", {{"client", "7"}}}}}});
        reply.ok();
    };

    const Said human =
        run({"logs", "--project", "chat", "--level", "warning", "--since", "1h", "--lines", "50"});
    EXPECT_EQ(human.code, 0);
    EXPECT_EQ(human.out, "1970-01-01T00:00:00.000Z warning client \\x1B refused  project=chat client=7\n");
    EXPECT_EQ(requests_.back(), json({{"verb", "logs"},
                                      {"project", "chat"},
                                      {"level", "warning"},
                                      {"since_ms", 3'600'000},
                                      {"lines", 50}}));
    EXPECT_EQ(json::parse(run({"logs", "--json"}).out)["client"], "7");
}

TEST_F(CliVerbs, health_is_its_exit_code) {
    answer({{"live", true}, {"ready", true}, {"reasons", json::array()}});
    EXPECT_EQ(run({"health"}).code, 0);
    EXPECT_EQ(run({"health"}).out, "ready\n");

    answer({{"live", true}, {"ready", false}, {"reasons", {"project chat is starting"}}});
    const Said said = run({"health"});
    EXPECT_EQ(said.code, 1);
    EXPECT_EQ(said.out, "not ready\n");
    EXPECT_EQ(said.err, "berth: project chat is starting\n");
}

TEST_F(CliVerbs, hostile_text_never_reaches_the_terminal_raw) {
    const std::string evil = "\x1b]0;owned\x07\n\x9b";
    json project = chat;
    project["last_error"] = evil;
    project["name"] = evil;
    handler_.script = [&](const Request& request, const Reply& reply) {
        if (request.verb == "clients") {
            return reply.ok(
                {{"clients",
                  json::array({{{"id", "7"}, {"project", evil}, {"address", evil}, {"path", evil}, {"status", evil}}})},
                 {"total", 1},
                 {"after", nullptr}});
        }
        json status = a_status();
        status["projects"] = json::array({project});
        status["host"]["configuration"] = evil;
        reply.ok(status);
    };
    for (const char* verb : {"status", "clients", "projects"}) {
        const Said said = run({verb});
        EXPECT_EQ(said.code, 0);
        EXPECT_THAT(said.out, Not(HasSubstr("\x1b"))) << verb;
        EXPECT_THAT(said.out, Not(HasSubstr("\x07"))) << verb;
    }
}

TEST_F(CliVerbs, the_socket_may_come_from_the_environment_or_the_configuration) {
    answer({{"live", true}, {"ready", true}});
    const auto run_without_option = [&] {
        const auto command = parse(std::vector<std::string>{"health"});
        std::istringstream in;
        std::ostringstream out;
        std::ostringstream err;
        Terminal terminal(in, out, err, {});
        return command->verb->run(command->arguments, terminal);
    };

    ::setenv("BERTH_SOCKET", socket().c_str(), 1);
    EXPECT_EQ(run_without_option(), 0);
    ::unsetenv("BERTH_SOCKET");

    const auto file = directory_.path() / "berth.toml";
    std::ofstream(file) << "[host]\ncontrol = \"" << socket() << "\"\n";
    ::setenv("BERTH_CONFIG", file.c_str(), 1);
    EXPECT_EQ(run_without_option(), 0);
    ::unsetenv("BERTH_CONFIG");
}

TEST_F(CliVerbs, config_shows_what_is_set_and_where) {
    const std::string file = directory_.path() / "berth.toml";
    std::ofstream(file) << "[host]\nio_threads = 2\n";

    const Said set = run({"config", "--config", file});
    EXPECT_EQ(set.code, 0);
    EXPECT_THAT(set.out, HasSubstr("host.io_threads = 2  # "));
    EXPECT_THAT(set.out, Not(HasSubstr("default")));
    EXPECT_THAT(run({"config", "--config", file, "--effective"}).out, HasSubstr("handshakes_per_address"));
    EXPECT_EQ(json::parse(run({"config", "--config", file, "--set", "host.io_threads=3", "--json"})
                              .out)["host.io_threads"]["value"],
              3);
}

TEST_F(CliVerbs, a_bad_configuration_is_told_with_its_place_and_code) {
    const std::string file = directory_.path() / "berth.toml";
    std::ofstream(file) << "[host]\nio_thraeds = 2\n";

    for (const char* verb : {"config", "check", "serve"}) {
        const Said wrong = run({verb, "--config", file});
        EXPECT_EQ(wrong.code, verb == std::string("check") ? 1 : 78) << verb << ": for check it is the answer";
        EXPECT_THAT(wrong.err, HasSubstr("berth.toml:2:")) << verb;
        EXPECT_EQ(run({verb, "--config", "/does/not/exist"}).code, 66) << verb;
        EXPECT_EQ(run({verb, "--config", file, "--set", "nothing"}).code, 2) << verb;
    }
}

TEST_F(CliVerbs, version_names_program_abi_and_protocol) {
    EXPECT_THAT(run({"version"}).out, HasSubstr(", ABI 1.0, control protocol 1\n"));
    EXPECT_EQ(json::parse(run({"version", "--json"}).out)["protocol"], 1);
}

}  // namespace
}  // namespace berth::host::cli
