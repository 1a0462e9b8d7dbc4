// SPDX-License-Identifier: MIT
/// Exactly one disconnection for every accepted client, however its connection ends, with the code and the cause of that
/// way (SEMANTICS: disconnection), and nothing left behind.
#include <berth/berth.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <mutex>
#include <thread>

#include "integration/host/suite.hpp"

namespace berth::test {

namespace {

/// A quarter under sanitizers, which take several times as long and whose memory is not looked at.
constexpr int connections = patience == 1 ? 10'000 : 2'500;
constexpr int warm_up = connections * 2 / 5;  ///< of them; what is made on first use, or grows with the crowd, is there then
constexpr int threads = 4;
constexpr double bytes_kept_max = 16 << 20;  ///< free at the end of the heaps of two threads, each (base/allocator.hpp)
constexpr double bytes_left_max = 1024;  ///< of each connection, in each process: less than a client or a context
constexpr int last_ones = 100;  ///< are still connected when the host stops

/// The ways in which a connection may end.
enum Way {
    closes,           ///< the client's closing handshake
    closes_at_once,   ///< a close frame and RST
    resets,           ///< RST
    finishes,         ///< FIN without a close frame
    breaks_a_rule,    ///< 1002
    sends_bad_text,   ///< 1007
    sends_too_much,   ///< 1009
    fails,            ///< its event fails: 1011
    is_disconnected,  ///< by the project
    is_disconnected_by_another,
    is_removed,         ///< by the administrator
    stays_silent,       ///< by the idle limit
    answers_no_ping,    ///< by the limit of pong
    resets_while_busy,  ///< RST while its handler runs
    way_count,
    sees_the_end = way_count  ///< connected until the host stops
};

/// What the project is told of a way: "CODE CAUSE REASON", as `witness` writes it; of any reason when that ends in a blank.
/// Of a close frame the reset behind it may be seen first.
std::vector<std::string> told_of(Way way) {
    const auto by = [](int code, int cause, const std::string& reason = "") {
        return std::to_string(code) + " " + std::to_string(cause) + " " + reason;
    };
    const std::vector<std::string> broke{by(1006, BERTH_BY_NETWORK)};
    switch (way) {
        case closes: return {by(1000, BERTH_BY_CLIENT, "bye")};
        case closes_at_once: return {by(1001, BERTH_BY_CLIENT), broke[0]};
        case resets:
        case finishes:
        case resets_while_busy: return broke;
        case breaks_a_rule: return {by(1002, BERTH_BY_LIMIT)};
        case sends_bad_text: return {by(1007, BERTH_BY_LIMIT)};
        case sends_too_much: return {by(1009, BERTH_BY_LIMIT)};
        case fails: return {by(1011, BERTH_BY_ERROR)};
        case is_disconnected: return {by(4000, BERTH_BY_PROJECT, "enough")};
        case is_disconnected_by_another: return {by(4001, BERTH_BY_PROJECT, "go")};
        case is_removed: return {by(4002, BERTH_BY_ADMINISTRATOR)};
        case stays_silent: return {by(1008, BERTH_BY_LIMIT, "idle for too long")};
        case answers_no_ping: return {by(1006, BERTH_BY_NETWORK, "no answer to a ping")};
        case sees_the_end: return {by(1001, BERTH_BY_STOP)};
    }
    return {};
}

/// In which way each client goes, by its id.
class Ways {
public:
    void note(const std::string& id, Way way) {
        const std::lock_guard lock{mutex_};
        EXPECT_TRUE(ways_.emplace(id, way).second) << id << " was given out twice";
    }
    [[nodiscard]] const std::map<std::string, Way>& all() const { return ways_; }

private:
    std::mutex mutex_;
    std::map<std::string, Way> ways_;
};

/// One that the host is to end when its time has come.
struct Waiting {
    WsClient client;
    Way way;
};

class Disconnections : public BothIsolations {
protected:
    /// Lets one connection come and go in its way, with a database of its own in every second round of the ways;
    /// those that the host ends after a time are put aside.
    static void come_and_go(const TestHost& host, int number, Ways& ways, std::vector<Waiting>& waiting) {
        const auto way = static_cast<Way>(number % way_count);
        const bool tls = number / way_count % 7 == 0;
        WsClient client{host.endpoint(tls),
                        way == stays_silent ? "/idle" : way == answers_no_ping ? "/pinged" : "/witness"};
        const auto id = ask(client, "id");
        ways.note(id, way);
        if (number / way_count % 2 == 0) {
            EXPECT_EQ(ask(client, "ask select 'its own database'"), "its own database");
        }
        switch (way) {
            case closes:
                client.closes(1000, "bye");
                EXPECT_EQ(client.closed().code, 1000u);
                break;
            case closes_at_once:
                client.closes(1001);
                client.raw().reset();
                break;
            case resets:
                client.raw().reset();
                break;
            case finishes:
                client.raw().finish();
                EXPECT_NE(client.closed().end, End::open);
                break;
            case breaks_a_rule:
                client.raw().send(encode({.opcode = 3}));
                EXPECT_EQ(client.closed().code, 1002u);
                break;
            case sends_bad_text:
                client.says("\xFF");
                EXPECT_EQ(client.closed().code, 1007u);
                break;
            case sends_too_much:
                client.raw().send(Frame{}, {.announced = 1 << 30});
                EXPECT_EQ(client.closed().code, 1009u);
                break;
            case fails:
                client.says("throw up");
                EXPECT_EQ(client.closed().code, 1011u);
                break;
            case is_disconnected:
                client.says("disconnect " + id + " 4000 enough");
                EXPECT_EQ(client.closed().code, 4000u);
                break;
            case is_disconnected_by_another: {
                WsClient other{host.ws(), "/witness"};
                ways.note(ask(other, "id"), resets);
                other.says("disconnect " + id + " 4001 go");
                EXPECT_EQ(client.closed().code, 4001u);
                other.raw().reset();
                break;
            }
            case is_removed: {
                const auto reply = host.ask("disconnect", {{"client", id}, {"code", 4002}});
                EXPECT_EQ(reply.value("count", 0), 1) << reply;
                EXPECT_EQ(client.closed().code, 4002u);
                break;
            }
            case stays_silent:
            case answers_no_ping:
                waiting.push_back({std::move(client), way});
                break;
            case resets_while_busy:
                client.says("sleep 20");
                client.raw().reset();
                break;
            case way_count:
                break;
        }
    }

    static void expect_ended(std::vector<Waiting>& waiting) {
        for (auto& [client, way] : waiting) {
            const Deadline patient{std::chrono::seconds{20}};
            if (way == stays_silent) {
                EXPECT_EQ(client.closed(patient).code, 1008u);
            } else {
                EXPECT_NE(client.raw().wait_end(patient), End::open) << "it has answered no ping";
            }
        }
        waiting.clear();
    }

    /// @return how many clients there were
    static std::size_t expect_one_of_each(const Events& events, const Ways& ways, const std::string& project) {
        std::map<std::string, int> created, connected, gone, destroyed;
        for (const auto& id : events.rest("create ")) ++created[id];
        for (const auto& id : events.rest("connection ")) ++connected[id];
        for (const auto& id : events.rest("destroy ")) ++destroyed[id];
        for (const auto& line : events.rest("gone ")) {
            const auto id = line.substr(0, line.find(' '));
            ++gone[id];
            const auto way = ways.all().find(id);
            if (way == ways.all().end()) {
                ADD_FAILURE() << project << ": nobody is " << line;
            } else {
                expect_told(line.substr(id.size() + 1), way->second, project);
            }
        }
        EXPECT_EQ(connected.size(), gone.size()) << project;
        for (const auto& [id, count] : connected) {
            EXPECT_EQ(count, 1) << project << ": connection of " << id;
            EXPECT_EQ(gone[id], 1) << project << ": disconnections of " << id;
        }
        for (const auto& [id, count] : created)
            EXPECT_EQ(destroyed[id], count) << project << ": context of " << id;
        EXPECT_EQ(events.count("SENT") + events.count("UNREADABLE"), 0u);
        return connected.size();
    }

    static void expect_told(const std::string& said, Way way, const std::string& project) {
        const auto expected = told_of(way);
        EXPECT_TRUE(std::any_of(expected.begin(), expected.end(), [&](const std::string& one) {
            return one.ends_with(' ') ? said.starts_with(one) : said == one;
        })) << project << ": of way " << way << " it was told " << said << ", and not " << testing::PrintToString(expected);
    }

    /// What a process of the host holds when nobody is connected.
    struct Holdings {
        std::string process;  ///< its command line, and its projects
        std::size_t descriptors = 0;
        std::size_t bytes = 0;  ///< resident
    };

    /// Of every process of the host, itself included, by its pid.
    static std::map<pid_t, Holdings> holdings(const TestHost& host) {
        auto processes = host.processes();
        processes.push_back(host.pid());
        std::map<pid_t, Holdings> found;
        for (const auto process : processes)
            found[process] = {command_line(process), descriptor_count(process), resident_bytes(process)};
        const auto projects = host.ask("projects").at("projects");
        for (const auto& project : projects) {
            const auto process = found.find(project.at("pid"));
            if (process != found.end()) process->second.process += project.at("name").get<std::string>() + " ";
        }
        return found;
    }

    /// Waits until no process has more descriptors than it had; the same processes, no more, no fewer.
    static void expect_no_more_than(const std::map<pid_t, Holdings>& before, const TestHost& host, int come_and_gone) {
        std::map<pid_t, Holdings> now;
        const auto are_given_back = [&] {
            now = holdings(host);
            return std::all_of(now.begin(), now.end(), [&](const auto& entry) {
                const auto was = before.find(entry.first);
                return was != before.end() && entry.second.descriptors <= was->second.descriptors;
            });
        };
        EXPECT_TRUE(eventually(are_given_back)) << "descriptors or processes are left";
        EXPECT_EQ(now.size(), before.size());
        for (const auto& [pid, was] : before) {
            const auto found = now.find(pid);
            ASSERT_NE(found, now.end()) << was.process << "has ended";
            EXPECT_LE(found->second.descriptors, was.descriptors) << was.process;
            const auto grown = static_cast<double>(found->second.bytes) - static_cast<double>(was.bytes);
            const double each = grown / come_and_gone;
            std::cout << was.process << "held " << was.bytes / 1024 << " KiB, and " << each << " bytes more for each of "
                      << come_and_gone << " connections\n";
            // The sanitizers' own memory grows; their leak checker answers for bytes.
            if constexpr (patience == 1) {
                EXPECT_LT(grown, bytes_left_max * come_and_gone + bytes_kept_max) << was.process;
            }
        }
    }
};
BERTH_BOTH_ISOLATIONS(Disconnections);

}  // namespace

TEST_P(Disconnections, come_exactly_once_over_ten_thousand_connections_that_end_in_every_way) {
    auto options = with({fixture_project("witness")},
                        "[project.idle.limits]\nidle = \"" + std::to_string(patience) + " s\"\n" +
                            "[project.pinged.limits]\nping = \"1 s\"\npong = \"" + std::to_string(2 * patience) + " s\"\n");
    options.projects.push_back(fixture_project("door"));
    TestHost host{options};
    for (const std::string name : {"idle", "pinged"}) {
        host.install(fixture_project("witness"), name + ".so");
        ASSERT_TRUE(host.project_is(name, "open"));
    }
    Ways ways;
    const auto nobody_left = [&] {
        const auto reply = host.ask("projects");
        for (const auto& project : reply.at("projects"))
            if (project.at("clients") != 0) return false;
        return Events{host}.count("create ") == Events{host}.count("destroy ") + 1;
    };
    std::atomic<int> next = 0;
    const auto run_until = [&](int end) {
        std::vector<std::thread> crowd;
        for (int i = 0; i < threads; ++i)
            crowd.emplace_back([&] {
                std::vector<Waiting> waiting;
                for (int number = 0; (number = next++) < end && !HasFailure();) {
                    try {
                        come_and_go(host, number, ways, waiting);
                    } catch (const std::exception& error) {
                        ADD_FAILURE() << "connection " << number << ": " << error.what();
                    }
                    if (waiting.size() == 100) expect_ended(waiting);
                }
                expect_ended(waiting);
            });
        for (auto& thread : crowd) thread.join();
        next = end;
    };

    run_until(warm_up);
    ASSERT_TRUE(eventually(nobody_left, Deadline{std::chrono::seconds{30}}, std::chrono::milliseconds{100}));
    const auto before = holdings(host);
    run_until(connections);
    ASSERT_TRUE(eventually(nobody_left, Deadline{std::chrono::seconds{30}}, std::chrono::milliseconds{100}));

    expect_no_more_than(before, host, connections - warm_up);
    const auto stats = host.ask("stats");
    for (const auto& project : stats.at("projects"))
        if (project.at("worker").is_object()) {
            EXPECT_EQ(project.at("worker").at("contexts"), 0) << "contexts of clients: " << project;
            EXPECT_EQ(project.at("worker").at("queued"), 0) << project;
            EXPECT_EQ(project.at("worker").at("databases"), 0) << project;
        }

    std::vector<WsClient> last;
    for (int i = 0; i < last_ones; ++i) {
        last.emplace_back(host.endpoint(i % 2 == 0), "/witness");
        ways.note(ask(last.back(), "id"), sees_the_end);
    }
    host.stop();
    for (auto& client : last) EXPECT_EQ(client.closed().code, 1001u);
    std::size_t all = 0;
    for (const std::string project : {"witness", "idle", "pinged"})
        all += expect_one_of_each(Events{host, project}, ways, project);
    EXPECT_EQ(all, ways.all().size());
    EXPECT_GE(all, std::size_t{connections});
}

}  // namespace berth::test
