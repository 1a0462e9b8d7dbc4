// SPDX-License-Identifier: MIT
// What a project meets in the host of berth/testing.hpp is what it meets in the real one.
#include "integration/faithful/stage.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace berth::test {

void Stage::write(const std::string& line) { transcript_.push_back(line); }

std::string Stage::with_ids(std::string text) const {
    for (const auto& [who, id] : ids_) {
        for (std::size_t at = 0; (at = text.find("$" + who, at)) != std::string::npos;)
            text.replace(at, who.size() + 1, id);
    }
    return text;
}

std::string Stage::with_names(const std::string& text) const {
    // Ids are whole words.
    std::string named;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
        const std::string word = text.substr(at, end - at);
        const auto found = std::find_if(ids_.begin(), ids_.end(), [&](const auto& known) { return known.second == word; });
        named += found == ids_.end() ? word : found->first;
        if (end < text.size()) named += text[end];
        at = end + 1;
    }
    return named;
}

void Stage::connect(const std::string& who, const std::string& target, const Headers& headers) {
    const Answer answer = do_connect(who, target, headers);
    write(who + " asks for " + target + ": " + std::to_string(answer.status) + " " + answer.body + answer.subprotocol);
    is_there_[who] = answer.status == 101;
    if (answer.status != 101 || !target.starts_with("/witness")) return;
    do_say(who, "id");
    ids_[who] = do_hear(who);
}

void Stage::says(const std::string& who, const std::string& text, const std::vector<std::string>& listeners) {
    if (!is_there_[who]) throw std::runtime_error(who + " is not connected: " + transcript_.back());
    do_say(who, with_ids(text));
    write(who + " says " + text.substr(0, 60));
    for (const auto& listener : listeners) {
        const std::string heard = do_hear(listener);
        write("  " + listener + " hears " + (text == "clients" ? with_names(heard) : heard));
    }
}

void Stage::sends(const std::string& who, const std::string& buffer) {
    do_send(who, buffer);
    write(who + " sends a buffer and hears " + do_hear(who));
}

void Stage::leaves(const std::string& who, unsigned code, const std::string& reason) {
    do_leave(who, code, reason);
    ends(who);
}

void Stage::vanishes(const std::string& who) {
    do_vanish(who);
    await_event("destroy " + ids_.at(who));
    write(who + " vanishes");
}

void Stage::ends(const std::string& who) {
    write(who + " is closed: " + do_end(who));
    if (ids_.contains(who)) await_event("destroy " + ids_.at(who));
}

void Stage::executes(const std::string& in, const std::string& procedure, const std::string& text,
                     const std::vector<std::string>& listeners) {
    const std::string sentence = do_execute(in, procedure, text);
    // The command line says more around it.
    write("execute " + procedure + " " + text + (sentence.empty() ? ": done" : ": refused"));
    for (const auto& listener : listeners) write("  " + listener + " hears " + do_hear(listener));
}

std::vector<std::string> Stage::finish() {
    do_stop();
    const std::size_t begin = transcript_.size();
    for (const auto& line : events()) {
        // The second word is an id.
        const std::size_t blank = line.find(' ');
        const std::size_t end = std::min(line.find(' ', blank + 1), line.size());
        write(blank == std::string::npos
                  ? line
                  : line.substr(0, blank + 1) + with_names(line.substr(blank + 1, end - blank - 1)) + line.substr(end));
    }
    // Contexts end side by side: only the order within each is promised.
    const auto is_end = [](const std::string& line) {
        return line.starts_with("gone ") || (line.starts_with("destroy ") && line != "destroy 0");
    };
    const auto name = [](const std::string& line) { return line.substr(line.find(' ') + 1, 3); };
    for (auto from = transcript_.begin() + static_cast<std::ptrdiff_t>(begin); from != transcript_.end();) {
        from = std::find_if(from, transcript_.end(), is_end);
        const auto to = std::find_if_not(from, transcript_.end(), is_end);
        std::stable_sort(from, to, [&](const auto& a, const auto& b) { return name(a) < name(b); });
        from = to;
    }
    return std::move(transcript_);
}

namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

void conversation(Stage& stage) {
    stage.connect("ana", "/witness");
    stage.connect("ben", "/witness/room?x=1");
    for (const auto* who : {"ana", "ana", "ben"}) stage.says(who, "count", {who});
    stage.says("ana", "clients", {"ana"});
    stage.says("ana", "twice hello", {"ana", "ana"});
    stage.sends("ana", std::string("\0\xFF", 2));
    stage.says("ana", "send $ben hi", {"ana", "ben"});
    stage.says("ana", "send 99 hi", {"ana"});
    stage.says("ana", "execute $ben once", {"ana", "ben"});
    stage.says("ana", "told $ben twice", {"ana", "ana", "ben"});
    stage.says("ana", "told $ana myself", {"ana", "ana", "ana"});
    stage.says("ana", "told 99 nobody", {"ana", "ana"});
    stage.says("ben", "global one", {"ben"});
    stage.says("ana", "global two", {"ana"});
    stage.says("ana", "busy $ana 100", {"ana"});
    stage.says("ana", "count", {"ana"});
    stage.executes("ana", "note", "from above", {"ana"});
    stage.executes("", "fail", "on purpose", {});
    stage.executes("", "told", "not for administrators", {});
}

void ends(Stage& stage) {
    for (const auto* who : {"ana", "ben", "cleo", "dora", "eve", "finn", "gwen"}) stage.connect(who, "/witness");
    stage.leaves("ana", 3000, "enough");
    stage.vanishes("ben");
    stage.says("cleo", "throw out of order", {});
    stage.ends("cleo");
    stage.says("finn", "disconnect $dora 4001 go away", {"finn"});
    stage.ends("dora");
    stage.says("finn", "disconnect $dora 4001 again", {"finn"});
    stage.says("finn", "send $dora too late", {"finn"});
    stage.says("eve", "disconnect $eve 1005 not to be sent", {});
    stage.ends("eve");
    stage.says("gwen", std::string(70'000, 'x'), {});
    stage.ends("gwen");
    stage.says("finn", "clients", {"finn"});
}

void data(Stage& stage) {
    stage.connect("ana", "/witness/data?room=a%20b&room=c", {{"X-Token", "1"}, {"X-Token", "2"}, {"Cookie", "nick=ana; x=y"}});
    stage.connect("ben", "/witness");
    for (const auto* fact : {"path", "query", "query:room", "header:x-token", "headers:X-Token", "cookie:nick",
                             "cookie:none", "origin", "subprotocol", "tls", "user", "messages_in", "bytes_in"})
        stage.says("ana", std::string("fact ") + fact, {"ana"});
    stage.says("ana", "setting motd", {"ana"});
    stage.says("ana", "setting none", {"ana"});
    stage.says("ana", "db create table t (x)", {"ana"});
    stage.says("ana", "db insert into t values (1)", {"ana"});
    stage.says("ben", "db insert into t values (2)", {"ben"});
    stage.says("ana", "last", {"ana"});
    stage.says("ben", "last", {"ben"});
    stage.says("ana", "db create temp table mine (x)", {"ana"});
    stage.says("ben", "ask select count(*) || '' from sqlite_temp_master", {"ben"});
    stage.says("ana", "open insert into t values (3)", {"ana"});
    stage.says("ben", "ask select group_concat(x) from t", {"ben"});
    stage.says("ben", "ask select no such thing", {});
    stage.ends("ben");
}

void door(Stage& stage) {
    stage.connect("ana", "/door?status=403&reason=not%20you");
    stage.connect("ana", "/door?throw=boom");
    stage.connect("ana", "/door?status=200");
    stage.connect("ana", "/door?protocol=b", {{"Sec-WebSocket-Protocol", "a, b"}});
    stage.says("ana", "protocol?", {"ana"});
    stage.connect("ben", "/door?protocol=c&greet=welcome", {{"Sec-WebSocket-Protocol", "a, b"}});
    stage.says("ben", "protocol?", {"ben", "ben"});
    stage.connect("cleo", "/door?greet=hi", {{"Origin", "https://app.example"}});
    stage.says("cleo", "x", {"cleo", "cleo"});
}

class Faithful : public ::testing::TestWithParam<std::string> {
protected:
    static std::vector<std::string> transcript(std::unique_ptr<Stage> stage, const Play& play) {
        play.scenario(*stage);
        return stage->finish();
    }
    /// Of several lines, so that a difference is shown as one.
    static std::string text_of(const std::vector<std::string>& lines) {
        std::string text;
        for (const auto& line : lines) text += line + "\n";
        return text;
    }
    /// Plays it twice; answers what both have seen.
    static std::vector<std::string> play_twice(const Play& play) {
        const auto in_virtual_time = transcript(virtual_stage(play), play);
        const auto real = transcript(real_stage(play, GetParam()), play);
        EXPECT_EQ(text_of(in_virtual_time), text_of(real)) << "in virtual time, and real";
        return real;
    }
};
INSTANTIATE_TEST_SUITE_P(Isolations, Faithful, ::testing::Values("process", "none"),
                         [](const auto& isolation) { return isolation.param; });

}  // namespace

TEST_P(Faithful, conversations_of_clients_contexts_and_the_global_service) {
    const auto transcript = play_twice({"witness", {}, conversation});

    EXPECT_THAT(transcript, Contains("  ana hears told 2"));
    EXPECT_THAT(transcript, Contains("  ana hears 63 backlog full"));
    EXPECT_EQ(transcript.back(), "unload");
}

TEST_P(Faithful, every_way_in_which_a_client_can_end) {
    const auto transcript = play_twice({"witness", {}, ends});

    EXPECT_THAT(transcript, Contains("dora is closed: 4001 go away"));
    EXPECT_THAT(transcript, Contains(HasSubstr("gwen is closed: 1009 ")));
    EXPECT_THAT(transcript, Contains("gone ben 1006 5 reset"));
}

TEST_P(Faithful, requests_settings_and_the_database) {
    const auto transcript = play_twice({"witness", {{"motd", "welcome"}}, data});

    EXPECT_THAT(transcript, Contains("  ben hears 1,2"));
    EXPECT_THAT(transcript, Contains("  ana hears [1][2]"));
}

TEST_P(Faithful, the_projects_word_at_the_door) {
    const auto transcript = play_twice({"door", {}, door});

    EXPECT_THAT(transcript, Contains(HasSubstr(": 403 not you")));
}

}  // namespace berth::test
