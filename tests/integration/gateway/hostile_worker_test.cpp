// SPDX-License-Identifier: MIT
/// A worker is buggy by assumption: whatever it says, the gateway goes on and names what was wrong.
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>

#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using test::WsClient;

class HostileWorker : public GatewayTest {
protected:
    /// Says something hostile while a client is connected; answers what was reported.
    std::string violation_after(const std::function<void(link::ActionSink&)>& what) {
        start(1);
        WsClient ana(endpoint, "/p");
        worker.heard("opened 1 ");
        worker.say(what);
        std::string report = reported("violation ");
        EXPECT_EQ(clients().total, 1u);  // The gateway lives.
        return report;
    }
};

TEST_F(HostileWorker, that_sends_garbage_is_reported) {
    start(1);
    worker.say_bytes(std::string(64, '\xff'));

    EXPECT_EQ(reported("violation "), "violation p 1 link record of type 65535 and 4294967295 bytes: size out of range");
}

TEST_F(HostileWorker, that_names_a_client_of_another_thread_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.send(make_client_id({.thread = 5, .slot = 1}), link::Kind::text, "x"); }),
              "violation p 1 it named client 5242881 on the lane of another I/O thread");
}

TEST_F(HostileWorker, that_finishes_what_was_never_given_to_it_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.done(ClientId{1}, 99); }),
              "violation p 1 it finished event 99, which was never given to it");
}

TEST_F(HostileWorker, that_sends_text_that_is_not_utf8_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, "\xff"); }),
              "violation p 1 it sent text that is not UTF-8");
}

TEST_F(HostileWorker, that_closes_with_a_code_that_is_none_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.close(ClientId{1}, 1005, link::Cause::project, ""); }),
              "violation p 1 it closed a client with code 1005, or with a reason that is not UTF-8");
}

TEST_F(HostileWorker, that_releases_more_than_it_holds_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) {
                  to.released(ClientId{1});
                  to.released(ClientId{1});
              }),
              "violation p 1 it released client 1, which it did not hold");
}

TEST_F(HostileWorker, cannot_reach_the_clients_of_another_project) {
    start(1);
    WsClient ana(endpoint, "/p");
    worker.heard("opened 1 ");
    ScriptedWorker other;
    ProjectRules second = rules;
    second.name = "q";
    second.connection_event = std::chrono::minutes(5);
    gateway->set_project(second, 7, other.connect(1));
    settle();

    other.say([](link::ActionSink& to) {
        to.send(ClientId{1}, link::Kind::text, "from next door");
        to.close(ClientId{1}, 4000, link::Cause::project, "");
        to.released(ClientId{1});  // A violation: the gateway has read what came before it.
    });

    EXPECT_EQ(reported("violation "), "violation q 7 it released client 1, which it did not hold");
    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
}

TEST_F(HostileWorker, that_names_a_client_that_has_gone_is_not_reported) {
    start(1);
    {
        WsClient ana(endpoint, "/p");
        ana.closes();
        ana.closed();
    }
    worker.heard("closed 1 ");
    worker.say([](link::ActionSink& to) {
        to.send(ClientId{1}, link::Kind::text, "late");
        to.close(ClientId{1}, 1000, link::Cause::project, "");
    });
    WsClient ben(endpoint, "/p");
    ben.says("hi");

    EXPECT_EQ(ben.hears(), "hi");
    EXPECT_EQ(figures().projects["p"].accepted, 2u);
}

TEST_F(HostileWorker, that_names_a_client_of_an_earlier_gateway_is_not_reported) {
    start(1);
    WsClient ana(endpoint, "/p");
    worker.heard("opened 1 ");

    worker.say([](link::ActionSink& to) {
        const std::uint64_t other_node = std::uint64_t{1} << 58 | 1;
        for (const ClientId id : {make_client_id({.incarnation = 7, .slot = 1}), ClientId{other_node}}) {
            to.send(id, link::Kind::text, "not for ana");
            to.close(id, 4000, link::Cause::project, "");
        }
        to.send(ClientId{1}, link::Kind::text, "for ana");
    });

    EXPECT_EQ(ana.hears(), "for ana");
    EXPECT_FALSE(has_reported("violation "));
}

TEST_F(HostileWorker, that_releases_a_client_of_an_earlier_gateway_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.released(make_client_id({.incarnation = 7, .slot = 1})); }),
              "violation p 1 it released client 492581209243649, which it did not hold");
}

TEST_F(HostileWorker, that_repeats_an_id_in_one_record_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) {
                  to.send_many(std::vector<ClientId>(1000, ClientId{1}), link::Kind::text, "x");
              }),
              "violation p 1 link record of type 66 and 8029 bytes: ids are not in ascending order, each once");
}

TEST_F(HostileWorker, that_places_a_message_where_nothing_is_shared_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) {
                  static_cast<link::ActionEncoder&>(to).send_placed(ClientId{1}, link::Kind::buffer, {1, 1'000'000, 1});
              }),
              "violation p 1 link record of type 75 and 36 bytes: there is no such place");
}

TEST_F(HostileWorker, that_places_text_that_is_not_utf8_is_reported) {
    start(1);
    WsClient ana(endpoint, "/p");
    worker.heard("opened 1 ");
    const auto place = worker.port().place(0, std::string(10'000, '\xff'));
    ASSERT_TRUE(place);

    worker.say([&](link::ActionSink& to) {
        static_cast<link::ActionEncoder&>(to).send_placed(ClientId{1}, link::Kind::text, *place);
    });

    EXPECT_EQ(reported("violation "), "violation p 1 it sent text that is not UTF-8");
}

TEST_F(HostileWorker, that_reads_nothing_and_goes_on_sending_is_bounded) {
    constexpr std::size_t goes_on_for = 128u << 20, bound = 64u << 20;
    start(1);
    auto ends = std::move(*link::Channel::pair());
    std::vector<UniqueFd> lanes;
    lanes.push_back(std::move(ends.first));
    ProjectRules second = rules;
    second.name = "q";
    second.connection_event = std::chrono::minutes(5);
    gateway->set_project(second, 7, std::move(lanes));
    // Nobody decides about this client, so that what is sent to it comes back as credit, as many bytes.
    test::RawClient ana(endpoint);
    ana.send(test::upgrade_request("/q"));
    ASSERT_TRUE(test::eventually([&] { return clients().total == 1; }));
    const int fd = ends.second.get();
    const auto takes_more = [fd](int within_ms) {
        pollfd wanted{fd, POLLOUT, 0};
        return ::poll(&wanted, 1, within_ms) == 1;
    };
    // The gateway reads from it at every turn, or not at all; whether it does is seen by what is left.
    const auto is_heard = [this, fd] {
        const auto unread = [fd] {
            int bytes = 0;
            EXPECT_EQ(::ioctl(fd, SIOCOUTQ, &bytes), 0);
            return bytes;
        };
        const int before = unread();
        for (int i = 0; i < 3; ++i) settle();
        return unread() != before;
    };
    link::ActionEncoder batch;
    while (batch.buffer.size() < (1u << 20)) batch.send(ClientId{1}, link::Kind::buffer, "");

    std::size_t sent = 0;
    while (sent < goes_on_for) {
        if (!takes_more(100)) {
            if (!is_heard()) break;
            continue;
        }
        const auto rest = std::string_view(batch.buffer).substr(sent % batch.buffer.size());
        const auto n = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) sent += static_cast<std::size_t>(n);
    }

    EXPECT_LT(sent, bound);
    EXPECT_EQ(test::RawClient(endpoint).ask("/q").status, 503);
    EXPECT_EQ(figures().projects["q"].refused["behind"], 1u);
    WsClient cem(endpoint, "/p");
    cem.says("untouched");
    EXPECT_EQ(cem.hears(), "untouched");
    EXPECT_FALSE(has_reported("violation "));

    std::vector<char> sink(1u << 20);
    EXPECT_TRUE(test::eventually([&] {
        while (::recv(fd, sink.data(), sink.size(), MSG_DONTWAIT) > 0) {
        }
        return takes_more(0);
    })) << "once it reads, it is heard again";
}

TEST_F(HostileWorker, that_passes_descriptors_has_them_closed) {
    start(1);
    auto ends = std::move(*link::Channel::pair());
    std::vector<UniqueFd> lanes;
    lanes.push_back(std::move(ends.first));
    ProjectRules second = rules;
    second.name = "q";
    gateway->set_project(second, 7, std::move(lanes));
    settle();
    int fds[2];
    ASSERT_EQ(::pipe(fds), 0);
    UniqueFd read_end(fds[0]), write_end(fds[1]);
    link::ActionEncoder words;
    words.send(ClientId{1}, link::Kind::text, "to nobody");

    link::Channel theirs(std::move(ends.second));
    ASSERT_TRUE(theirs.write_first(words.buffer, std::array{write_end.get()}));
    write_end.reset();

    pollfd wanted{read_end.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&wanted, 1, 10'000), 1) << "its other end is open";
    EXPECT_NE(wanted.revents & POLLHUP, 0);
    EXPECT_FALSE(has_reported("violation "));
}

TEST_F(HostileWorker, that_closes_in_the_name_of_another_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.close(ClientId{1}, 1000, link::Cause::administrator, ""); }),
              "violation p 1 it closed a client in the name of another: cause " +
                  std::to_string(static_cast<unsigned>(link::Cause::administrator)));
}

TEST_F(GatewayTest, reads_no_client_of_a_worker_that_takes_nothing_beyond_a_bound_and_goes_on_when_it_does) {
    constexpr std::size_t clients = 40, messages = 60, size = 16'000;
    std::promise<void> thawed;
    worker.on_message = [thaw = thawed.get_future().share()](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) {
        thaw.wait();
        to.done(client, seq);
    };
    start(1);
    std::vector<WsClient> crowd;
    for (std::size_t i = 0; i < clients; ++i) crowd.emplace_back(endpoint, "/p");
    std::vector<std::thread> senders;
    for (auto& client : crowd)
        senders.emplace_back([this, &client] {
            for (std::size_t n = 0; n < messages; ++n) client.says(std::string(size, 'x'));
            EXPECT_TRUE(test::eventually([&] { return worker.count("message ") == clients * messages; },
                                         test::Deadline{std::chrono::seconds{30}}));
        });
    const auto taken = [this] { return figures().projects["p"].bytes_in; };
    EXPECT_TRUE(test::eventually([&] { return taken() > (12u << 20); }));

    std::uint64_t before = 0;
    EXPECT_TRUE(test::eventually([&] { return std::exchange(before, taken()) == before; },
                                 test::Deadline::usual(), std::chrono::milliseconds{300}));
    // The bound (16 MiB), the slabs (4), what is in the socket and what the worker itself has read, one message of each client.
    EXPECT_LT(taken(), 26u << 20) << "of " << clients * messages * size;

    thawed.set_value();
    for (auto& sender : senders) sender.join();
    EXPECT_EQ(taken(), clients * messages * size);
}

}  // namespace berth::host::gateway::testing
