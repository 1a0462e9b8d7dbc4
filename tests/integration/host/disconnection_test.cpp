// SPDX-License-Identifier: MIT
/// Exactly one disconnection for every accepted client, however its connection ends, and nothing left behind.
#include <algorithm>
#include <atomic>
#include <iostream>
#include <thread>

#include "integration/host/suite.hpp"

namespace berth::test {

namespace {

constexpr int connections = 10'000;
constexpr int warm_up = 4'000;  ///< of them; what is made on first use, or grows with the crowd, is there then
constexpr int threads = 4;
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
    resets_while_busy,  ///< RST while its handler runs
    way_count
};

class Disconnections : public BothIsolations {
protected:
    /// Lets one connection come and go in its way, with a database of its own in every second round of the ways;
    /// those that stay silent are put aside, for they take their time.
    static void come_and_go(const TestHost& host, int number, std::vector<WsClient>& silent) {
        const auto way = static_cast<Way>(number % way_count);
        const bool tls = number % 7 == 0;
        WsClient client{host.endpoint(tls), way == stays_silent ? "/idle" : "/witness"};
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
                client.says("disconnect " + ask(client, "id") + " 4000 enough");
                EXPECT_EQ(client.closed().code, 4000u);
                break;
            case is_disconnected_by_another: {
                WsClient other{host.ws(), "/witness"};
                other.says("disconnect " + ask(client, "id") + " 4001 go");
                EXPECT_EQ(client.closed().code, 4001u);
                other.raw().reset();
                break;
            }
            case is_removed: {
                const auto id = ask(client, "id");
                const auto reply = host.ask("disconnect", {{"client", id}, {"code", 4002}});
                EXPECT_EQ(reply.value("count", 0), 1) << reply;
                EXPECT_EQ(client.closed().code, 4002u);
                break;
            }
            case stays_silent:
                silent.push_back(std::move(client));
                break;
            case resets_while_busy:
                client.says("sleep 20");
                client.raw().reset();
                break;
            case way_count:
                break;
        }
    }

    static void expect_closed_for_idling(std::vector<WsClient>& silent) {
        for (auto& client : silent) EXPECT_EQ(client.closed(Deadline{std::chrono::seconds{20}}).code, 1008u);
        silent.clear();
    }

    static void expect_one_of_each(const Events& events, const std::string& project) {
        std::map<std::string, int> created, connected, gone, destroyed;
        for (const auto& id : events.rest("create ")) ++created[id];
        for (const auto& id : events.rest("connection ")) ++connected[id];
        for (const auto& id : events.rest("destroy ")) ++destroyed[id];
        for (const auto& line : events.rest("gone ")) ++gone[line.substr(0, line.find(' '))];
        EXPECT_EQ(connected.size(), gone.size()) << project;
        for (const auto& [id, count] : connected) {
            EXPECT_EQ(count, 1) << project << ": connection of " << id;
            EXPECT_EQ(gone[id], 1) << project << ": disconnections of " << id;
        }
        for (const auto& [id, count] : created)
            EXPECT_EQ(destroyed[id], count) << project << ": context of " << id;
        EXPECT_EQ(events.count("SENT") + events.count("UNREADABLE"), 0u);
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
                EXPECT_LT(each, bytes_left_max) << was.process;
            }
        }
    }
};
BERTH_BOTH_ISOLATIONS(Disconnections);

}  // namespace

TEST_P(Disconnections, come_exactly_once_over_ten_thousand_connections_that_end_in_every_way) {
    auto options = with({fixture_project("witness")}, "[project.idle.limits]\nidle = \"1 s\"\n");
    options.projects.push_back(fixture_project("door"));
    TestHost host{options};
    host.install(fixture_project("witness"), "idle.so");
    ASSERT_TRUE(host.project_is("idle", "open"));
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
                std::vector<WsClient> silent;
                for (int number = 0; (number = next++) < end && !HasFailure();) {
                    try {
                        come_and_go(host, number, silent);
                    } catch (const std::exception& error) {
                        ADD_FAILURE() << "connection " << number << ": " << error.what();
                    }
                    if (silent.size() == 50) expect_closed_for_idling(silent);
                }
                expect_closed_for_idling(silent);
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
    for (int i = 0; i < last_ones; ++i) last.emplace_back(host.endpoint(i % 2 == 0), "/witness");
    host.stop();
    for (auto& client : last) EXPECT_EQ(client.closed().code, 1001u);
    expect_one_of_each(Events{host, "witness"}, "witness");
    expect_one_of_each(Events{host, "idle"}, "idle");
    EXPECT_GE(Events{host}.count("gone ") + Events(host, "idle").count("gone "), std::size_t{connections});
}

}  // namespace berth::test
