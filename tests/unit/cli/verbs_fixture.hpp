// SPDX-License-Identifier: MIT
/// A control server whose handler the test writes, and the verbs against it.
#pragma once

#include <gmock/gmock.h>

#include <cstdlib>
#include <optional>
#include <sstream>

#include "base/clock.hpp"
#include "cli/cli.hpp"
#include "cli/terminal.hpp"
#include "unit/control/fixture.hpp"

namespace berth::host::cli {

using control::Reply;
using control::ReplyCode;
using control::Request;
using nlohmann::json;

struct Said {
    int code = 0;
    std::string out;
    std::string err;
};

class CliVerbs : public testing::Test {
protected:
    CliVerbs() {
        ::unsetenv("BERTH_SOCKET");
        ::unsetenv("BERTH_CONFIG");
        control::Server::Options options;
        options.path = socket();
        server_.emplace(std::move(options), handler_);
    }

    [[nodiscard]] std::string socket() const { return directory_.path() / "control.sock"; }

    /// What the handler answers to every request, which it keeps.
    void answer(json body) {
        handler_.script = [this, body = std::move(body)](const Request& request, const Reply& reply) {
            keep(request);
            reply.ok(body);
        };
    }
    void refuse(ReplyCode code, std::string sentence) {
        handler_.script = [code, sentence = std::move(sentence)](const Request&, const Reply& reply) {
            reply.fail(code, sentence);
        };
    }
    void keep(const Request& request) {
        json entry = request.arguments;
        entry["verb"] = request.verb;
        requests_.push_back(std::move(entry));
    }

    Said run(std::vector<std::string> words, Terminal::Manners manners = {},
             const std::string& input = "") const {
        const std::string verb = words.front();
        if (find_verb(verb)->uses_host) words.insert(words.begin() + 1, {"--socket", socket()});
        const auto command = parse(words);
        if (!command) return {.code = command.error().exit_code, .out = "", .err = command.error().text};
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        manners.json = command->arguments.has("json");
        manners.quiet = command->arguments.has("quiet");
        Terminal terminal(in, out, err, manners);
        const int code = command->verb->run(command->arguments, terminal);
        return {.code = code, .out = out.str(), .err = err.str()};
    }

    control::TemporaryDirectory directory_;
    control::ScriptedHandler handler_;
    std::vector<json> requests_;
    std::atomic<bool> is_asked_{false};
    std::optional<control::RunningServer> server_;
};

inline const json chat = {{"name", "chat"},
                   {"state", "open"},
                   {"isolation", "process"},
                   {"pid", 12},
                   {"clients", 184},
                   {"messages_in", 10},
                   {"messages_out", 20},
                   {"crashes", 0},
                   {"version", "1.2.0"},
                   {"last_error", nullptr},
                   {"procedures", {{{"name", "announce"}, {"signature", "(text)"}, {"admin", true}}}}};

inline json a_status() {
    return {
        {"host",
         {{"version", "0.1.0"},
          {"pid", 7},
          {"state", "running"},
          {"started_at_ms", wall_clock_ms() - 200'000},
          {"configuration", "/etc/berth/berth.toml"},
          {"plugins", "/var/lib/berth/plugins"}}},
        {"listeners",
         {{{"address", "127.0.0.1:7681"}, {"tls", false}}, {{"address", "127.0.0.1:7443"}, {"tls", true}}}},
        {"pages", {{"address", "127.0.0.1:7680"}}},
        {"gateway", {{"state", "running"}, {"pid", 8}, {"restarts", 0}}},
        {"clients", 184},
        {"clients_limit", 10'000},
        {"projects", {chat}}};
}

}  // namespace berth::host::cli
