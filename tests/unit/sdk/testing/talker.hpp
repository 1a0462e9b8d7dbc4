// SPDX-License-Identifier: MIT
/// A small project that is part of the test's program.
#pragma once

#include <gmock/gmock.h>

#include <berth/testing.hpp>
#include <chrono>

namespace berth::test {

/// Does what its clients say; a word, a blank, the rest.
class Talker final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.name = "talker", .version = "1", .global_service = "<interval=20 s>"};

    void global_service() override {
        ++runs_;
        db().exec("create table if not exists said (id integer primary key, text text)");
        send(clients(), "tick " + std::to_string(runs_));
        if (settings().get("tick_fails", false)) throw berth::Error("no tick today");
    }
    void connection(const berth::Client& client, berth::Admission& admission) override {
        if (client.path == "/talker/closed") return admission.refuse(403, "not in here");
        if (client.path == "/talker/broken") throw berth::Error("no connection today");
        admission.accept_subprotocol("talk.v1");
        if (settings().get("greets", false)) send(client.id, "welcome");
    }
    void message(berth::ClientId from, berth::Message message) override {
        if (!message.is_text) return static_cast<void>(send(from, message.buffer()));
        const std::string text(message.bytes);
        const auto blank = text.find(' ');
        obey(text.substr(0, blank), blank == std::string::npos ? "" : text.substr(blank + 1));
    }
    void disconnection(berth::ClientId, const berth::Close& close) override {
        log("gone " + std::to_string(close.code) + " " + std::string(close.reason));
    }
    void stop() override { log("stopped"); }

    void hear(std::string text) { send(self(), "heard " + text + " as " + std::to_string(++heard_)); }
    void keep(berth::ClientId from, std::string text) {
        db().exec("insert into said (text) values (?)", text);
        send(from, "kept " + std::to_string(++kept_));
    }
    void told(std::int64_t tag, berth::Status status) {
        send(self(), "told " + std::to_string(tag) + " " + std::to_string(static_cast<int>(status)));
    }
    void shout(std::string text) { send(clients(), text); }

    using Hear = berth::Procedure<"hear", &Talker::hear>;
    using Keep = berth::Procedure<"keep", &Talker::keep>;
    using Told = berth::Procedure<"told", &Talker::told>;
    using Shout = berth::AdminProcedure<"shout", &Talker::shout>;
    using procedures = berth::Procedures<Hear, Keep, Told, Shout>;

private:
    void obey(const std::string& verb, const std::string& rest) {
        if (verb == "count") {
            send(self(), std::to_string(++count_));
        } else if (verb == "all") {
            for (const auto id : clients()) execute<Hear>(id, berth::then<Told>(7), rest);
            send(self(), "asked");
        } else if (verb == "keep") {
            execute_global<Keep>(self(), rest);
        } else if (verb == "flood") {
            int queued = 0;
            while (queued < std::stoi(rest) && send(self(), std::string(1000, 'x')) == berth::Sent::queued) ++queued;
            log("flooded " + std::to_string(queued));
        } else if (verb == "leave") {
            disconnect(self(), 4001, rest);
        } else if (verb == "leave_with") {
            disconnect(self(), static_cast<std::uint16_t>(std::stoi(rest)));
        } else if (verb == "fail") {
            send(self(), "before");
            throw berth::Error(rest);
        } else if (verb == "open") {
            db().exec("begin immediate");
            db().exec("insert into said (text) values ('never')");
        } else if (verb == "ask") {
            send(self(), db().first<std::string>(rest).value_or("nothing"));
        } else if (verb == "query") {
            send(self(), request().query(rest).value_or("(none)"));
        } else if (verb == "header") {
            send(self(), request().header(rest).value_or("(none)"));
        } else {
            send(self(), verb);
        }
    }

    int count_ = 0, heard_ = 0, kept_ = 0, runs_ = 0;
};

}  // namespace berth::test
