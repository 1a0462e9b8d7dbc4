// SPDX-License-Identifier: MIT
// Rooms with names, presence and a history. The protocol is in README.md.
//
// Two kinds of context work together. Each client's context reads what its client says and holds it to its
// limits. The global service's context knows all rooms and writes the history, so that everybody in a room
// sees the same things in the same order.
#include <chrono>
#include <nlohmann/json.hpp>

#include "room.hpp"

namespace {

using berth::ClientId;
using nlohmann::json;

constexpr std::size_t text_bytes_max = 2000;

std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// A text member of an object; empty when it is absent or no text.
std::string text_of(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// At most ten messages at once, one more every half second.
class Allowance {
public:
    bool take() {
        const auto now = std::chrono::steady_clock::now();
        left_ = std::min(10.0, left_ + std::chrono::duration<double>(now - last_).count() * 2);
        last_ = now;
        if (left_ < 1) return false;
        left_ -= 1;
        return true;
    }

private:
    double left_ = 10;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace

class Chat final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{
        .name = "chat", .version = "1.0.0", .global_service = "<interval=1 min>"};

    // ---- events of the clients' contexts

    void connection(const berth::Client&, berth::Admission&) override { execute_global<Welcome>(self()); }

    void message(ClientId, berth::Message message) override {
        const json request = message.is_text ? json::parse(message.bytes, nullptr, false) : json{};
        if (!request.is_object()) return complain("messages are JSON objects, as text");
        if (!allowance_.take()) return complain("slower, please");
        const std::string what = text_of(request, "do");
        if (what == "join") {
            wait_for(execute_global<Join>(self(), text_of(request, "room"), text_of(request, "nick")));
        } else if (what == "say") {
            say(text_of(request, "text"));
        } else if (what == "leave") {
            wait_for(execute_global<Leave>(self()));
        } else {
            complain("\"do\" is one of join, say, leave");
        }
    }

    void disconnection(ClientId, const berth::Close&) override {
        log("said " + std::to_string(said_) + " things");
        execute_global<Leave>(self());
    }

    // ---- event of the global service's context

    /// Makes the table, shortens the history, and takes out people whose leaving was lost to a full queue.
    void global_service() override {
        db().exec(
            "create table if not exists history (id integer primary key, at_ms integer not null,"
            " room text not null, nick text not null, text text not null);"
            "create index if not exists history_by_room on history (room, id)");
        const auto kept = settings().get<std::int64_t>("kept", 10'000);
        db().exec("delete from history where id <= (select max(id) from history) - ?", kept);
        for (const auto& room : rooms_.keep_only(clients())) show_people(room);
    }

    // ---- procedures of the global service's context

    void welcome(ClientId client) {
        json rooms = json::object();
        for (const auto& [room, count] : rooms_.sizes()) rooms[room] = count;
        tell(client,
             {{"is", "welcome"}, {"motd", settings().get<std::string>("motd", "")}, {"rooms", rooms}});
    }

    void join(ClientId client, std::string room, std::string nick) {
        const Person* before = rooms_.find(client);
        const std::string left = before != nullptr && before->room != room ? before->room : "";
        if (const auto wrong = rooms_.enter(client, room, nick))
            return tell(client, {{"is", "error"}, {"text", *wrong}});
        tell(client, {{"is", "joined"}, {"room", room}, {"nick", nick}, {"history", history(room)}});
        if (!left.empty()) show_people(left);
        show_people(room);
    }

    void leave(ClientId client) {
        if (const auto person = rooms_.leave(client)) show_people(person->room);
    }

    void publish(ClientId client, std::string text) {
        const Person* person = rooms_.find(client);
        if (person == nullptr) return tell(client, {{"is", "error"}, {"text", "join a room first"}});
        const auto at_ms = now_ms();
        db().exec("insert into history (at_ms, room, nick, text) values (?, ?, ?, ?)", at_ms, person->room,
                  person->nick, text);
        const json said{{"is", "said"},         {"id", db().last_insert_id()}, {"at", at_ms},
                        {"room", person->room}, {"nick", person->nick},        {"text", text}};
        send(rooms_.clients(person->room), said.dump());
    }

    /// An administrator's word to everybody, whatever room they are in.
    void announce(std::string text) {
        if (!is_global_service()) {
            execute_global<Announce>(text);
            return;
        }
        const json notice{{"is", "notice"}, {"at", now_ms()}, {"text", text}};
        log("announced to " + std::to_string(send(clients(), notice.dump())) + " clients");
    }

    using Welcome = berth::Procedure<"welcome", &Chat::welcome>;
    using Join = berth::Procedure<"join", &Chat::join>;
    using Leave = berth::Procedure<"leave", &Chat::leave>;
    using Publish = berth::Procedure<"publish", &Chat::publish>;
    using Announce = berth::AdminProcedure<"announce", &Chat::announce>;
    using procedures = berth::Procedures<Welcome, Join, Leave, Publish, Announce>;

private:
    void say(const std::string& text) {
        if (text.empty() || text.size() > text_bytes_max)
            return complain("a text has 1 to " + std::to_string(text_bytes_max) + " bytes");
        ++said_;
        wait_for(execute_global<Publish>(self(), text));
    }

    /// The global service's queue is bounded like every other.
    void wait_for(berth::Sent request) {
        if (request == berth::Sent::backlog_full) complain("too busy, try that again");
    }

    void complain(std::string_view text) { tell(self(), {{"is", "error"}, {"text", text}}); }

    void tell(ClientId client, const json& what) { send(client, what.dump()); }

    void show_people(const std::string& room) {
        const json people{{"is", "people"}, {"room", room}, {"people", rooms_.nicks(room)}};
        send(rooms_.clients(room), people.dump());
    }

    /// The last things said in a room, oldest first.
    json history(const std::string& room) {
        json lines = json::array();
        const auto shown = settings().get<std::int64_t>("shown", 50);
        using std::int64_t, std::string;
        for (const auto& [id, at_ms, nick, text] :
             db().query<int64_t, int64_t, string, string>("select * from (select id, at_ms, nick, text from "
                                                          "history where room = ? order by id desc limit ?)"
                                                          " order by id",
                                                          room, shown))
            lines.push_back({{"id", id}, {"at", at_ms}, {"nick", nick}, {"text", text}});
        return lines;
    }

    // Globals: every context has its own. A client's:
    Allowance allowance_;
    int said_ = 0;
    // The global service's:
    Rooms rooms_;
};

BERTH_PROJECT(Chat)
