// SPDX-License-Identifier: MIT
// RELIABILITY §4.1: every limit has a counter. Walks the gateway's own list of limits and hits each of them.
#include <linux/filter.h>
#include <sys/socket.h>

#include <functional>
#include <regex>

#include "gateway/limit_names.hpp"
#include "integration/gateway/gateway_fixture.hpp"
#include "support/certificate.hpp"
#include "support/tls_flood.hpp"

namespace berth::host::gateway::testing {

using namespace std::chrono_literals;
using test::Frame;
using test::RawClient;
using test::WsClient;

class GateCounters : public GatewayTest, public ::testing::WithParamInterface<std::string_view> {
protected:
    /// How a limit is hit: what is configured, and what a client then does.
    struct Drive {
        std::function<void(GateCounters&)> configure;
        std::function<void(GateCounters&)> hit;
    };
    static const std::map<std::string_view, Drive>& drives();

    /// A client that does nothing by itself: no pong, no answer to a close.
    RawClient raw() const {
        RawClient client(endpoint);
        client.open("/p");
        return client;
    }
    void sends(const std::vector<Frame>& frames, const test::Encoding& encoding = {}) const {
        RawClient client = raw();
        for (const Frame& frame : frames) client.send(frame, encoding);
        client.wait_end();
    }
    /// Much is sent to a client that does not read.
    void flood(std::size_t bytes) {
        WsClient slow(endpoint, "/p", {}, {.receive_buffer = 4096});
        worker.heard("opened ");
        for (std::size_t sent = 0; sent < bytes; sent += 100'000) {
            worker.say([](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::buffer, std::string(100'000, 'x')); });
        }
        EXPECT_TRUE(test::eventually([&] { return counted() > 0; }));
    }
    /// Nothing that is sent to it arrives any more, as if its machine had lost the network.
    void vanish() {
        const RawClient client = raw();
        sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
        const sock_fprog program{.len = 1, .filter = &drop};
        ASSERT_EQ(::setsockopt(client.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
        worker.heard("closed ");
    }
    /// Of the project, or of a connection that had none.
    std::uint64_t counted() {
        const auto all = figures();
        const std::string limit(GetParam());
        const auto in = [&](const std::map<std::string, std::uint64_t>& hits) { return hits.contains(limit) ? hits.at(limit) : 0; };
        return in(all.limit_hits) + (all.projects.contains("p") ? in(all.projects.at("p").limit_hits) : 0);
    }
};

const std::map<std::string_view, GateCounters::Drive>& GateCounters::drives() {
    constexpr std::size_t mib = 1u << 20;
    static const Frame begun{.opcode = test::opcode::text, .payload = "x", .fin = false};
    static const Frame more{.opcode = test::opcode::continuation, .payload = "x", .fin = false};
    static const auto as_it_is = [](GateCounters&) {};
    static const std::map<std::string_view, Drive> all{
        {"backlog", {[](auto& gate) { gate.rules.backlog_bytes = 64u << 10; }, [](auto& gate) { gate.flood(5 * mib); }}},
        {"blocked-write",
         {[](auto& gate) {
              gate.host_rules.blocked_write = 300ms;
              gate.rules.backlog_bytes = 64 * mib;
          },
          [](auto& gate) { gate.flood(9 * mib); }}},
        {"close",
         {[](auto& gate) { gate.host_rules.close = 200ms; },
          [](auto& gate) {
              RawClient client = gate.raw();
              gate.gateway->disconnect({}, {}, [](std::uint64_t) {});
              client.wait_end();
          }}},
        {"control-frames",
         {[](auto& gate) { gate.rules.control_frames = 1; },
          [](auto& gate) { gate.sends(std::vector<Frame>(30, {.opcode = test::opcode::ping})); }}},
        {"fragments", {[](auto& gate) { gate.rules.fragments = 2; }, [](auto& gate) { gate.sends({begun, more, more}); }}},
        {"idle", {[](auto& gate) { gate.rules.idle = 200ms; }, [](auto& gate) { gate.sends({}); }}},
        {"inbox",
         {[](auto& gate) {
              gate.rules.inbox_events = 2;
              gate.worker.on_message = [](auto&, auto, auto, auto, auto) {};
          },
          [](auto& gate) {
              WsClient client(gate.endpoint, "/p");
              for (int i = 0; i < 5; ++i) client.says("x");
              EXPECT_TRUE(test::eventually([&] { return gate.counted() > 0; }));
          }}},
        {"inbox-total",
         {[](auto& gate) {
              gate.rules.inbox_total_bytes = 20;
              gate.worker.on_message = [](auto&, auto, auto, auto, auto) {};
          },
          [](auto& gate) {
              WsClient ana(gate.endpoint, "/p"), ben(gate.endpoint, "/p");
              ana.says("x");
              ben.says("x");
              EXPECT_TRUE(test::eventually([&] { return gate.counted() > 0; }));
          }}},
        {"memory",
         {[](auto& gate) {
              gate.host_rules.memory_bytes = 2 * mib;
              gate.rules.backlog_bytes = 64 * mib;
          },
          [](auto& gate) { gate.flood(9 * mib); }}},
        {"message",
         {[](auto& gate) { gate.rules.message_bytes = 1000; },
          [](auto& gate) { gate.sends({{.opcode = test::opcode::text, .payload = std::string(2000, 'x')}}); }}},
        {"message-rate",
         {[](auto& gate) { gate.rules.messages_per_second = 2; },
          [](auto& gate) {
              WsClient client(gate.endpoint, "/p");
              for (int i = 0; i < 8; ++i) client.says("x");
              for (int i = 0; i < 8; ++i) EXPECT_EQ(client.hears(), "x");
          }}},
        {"message-time", {[](auto& gate) { gate.rules.message_time = 200ms; }, [](auto& gate) { gate.sends({begun}); }}},
        {"pong",
         {[](auto& gate) {
              gate.rules.ping = 100ms;
              gate.rules.pong = 200ms;
          },
          [](auto& gate) { gate.sends({}); }}},
        {"protocol", {as_it_is, [](auto& gate) { gate.sends({{.opcode = test::opcode::text, .payload = "x"}}, {.masked = false}); }}},
        {"tls-flood",
         {[](auto& gate) {
              const auto made = test::make_certificate();
              gate.listener_tls = tls::TlsSettings{.certificate_pem = made.certificate_pem, .key_pem = made.key_pem};
              gate.endpoint.tls = true;
              gate.endpoint.authority_pem = made.authority_pem;
          },
          [](auto& gate) {
              RawClient client(gate.endpoint);
              const std::string flood = test::key_updates(client.ssl(), 200);
              ::send(client.fd(), flood.data(), flood.size(), MSG_NOSIGNAL);
              client.wait_end();
          }}},
        {"tls-handshake",
         {[](auto& gate) {
              const auto made = test::make_certificate();
              gate.listener_tls = tls::TlsSettings{.certificate_pem = made.certificate_pem, .key_pem = made.key_pem};
              gate.host_rules.tls_handshake = 200ms;
          },
          [](auto& gate) { RawClient(gate.endpoint).wait_end(); }}},
        {"unacknowledged",
         {[](auto& gate) {
              gate.host_rules.unacknowledged = 1s;
              gate.rules.ping = 100ms;
              gate.rules.pong = 60s;
          },
          [](auto& gate) { gate.vanish(); }}},
        {"utf8", {as_it_is, [](auto& gate) { gate.sends({{.opcode = test::opcode::text, .payload = "\xC3\x28"}}); }}},
    };
    return all;
}

INSTANTIATE_TEST_SUITE_P(Limits, GateCounters, ::testing::ValuesIn(limit_names), [](const auto& limit) {
    return std::regex_replace(std::string(limit.param), std::regex("-"), "_");
});

TEST_P(GateCounters, count_the_limit_that_is_hit) {
    const auto drive = drives().find(GetParam());
    ASSERT_NE(drive, drives().end()) << "nobody knows how to hit " << GetParam();
    drive->second.configure(*this);
    start();

    drive->second.hit(*this);

    EXPECT_TRUE(test::eventually([&] { return counted() > 0; }));
}

}  // namespace berth::host::gateway::testing
