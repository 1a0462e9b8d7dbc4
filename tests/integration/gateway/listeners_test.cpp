// SPDX-License-Identifier: MIT
// A listener's number is the same to whoever accepts there and to every I/O thread, also after a change that failed.
#include "integration/gateway/gateway_fixture.hpp"
#include "roles/gateway/messages.hpp"
#include "support/certificate.hpp"

namespace berth::host::gateway::testing {

using nlohmann::json;
using test::WsClient;

class Listeners : public GatewayTest {
protected:
    /// Why it failed; empty: it did not.
    std::string reconfigure(std::vector<Listener> added, std::vector<std::size_t> removed = {}) {
        std::promise<std::string> answer;
        gateway->reconfigure({.rules = host_rules, .tls = {}, .added = std::move(added), .removed = std::move(removed)},
                             [&](const Result<void>& done) { answer.set_value(done ? "" : done.error().message); });
        return answer.get_future().get();
    }
    static Listener encrypted(test::Endpoint& at, bool is_damaged = false) {
        const test::Certificate made = test::make_certificate();
        return {listening(at), true,
                tls::TlsSettings{.certificate_pem = made.certificate_pem, .key_pem = is_damaged ? "damaged" : made.key_pem}};
    }
    static Listener plain(test::Endpoint& at) { return {listening(at), true, std::nullopt}; }
    template <class... Listener>
    static std::vector<gateway::Listener> all(Listener&&... each) {
        std::vector<gateway::Listener> list;
        (list.push_back(std::forward<Listener>(each)), ...);
        return list;
    }
    static std::string echo(const test::Endpoint& at) {
        WsClient client(at, "/p");
        client.says("hello");
        return client.hears();
    }
    static bool is_closed(const test::Endpoint& at) {
        return test::eventually([&] {
            try {
                WsClient client(at, "/p");
                return false;
            } catch (const std::runtime_error&) {
                return true;
            }
        });
    }
};

TEST_F(Listeners, keep_their_numbers_when_one_of_them_cannot_be_added) {
    start();
    test::Endpoint first, damaged, last;

    EXPECT_NE(reconfigure(all(encrypted(first), encrypted(damaged, /*is_damaged=*/true))), "");
    EXPECT_EQ(reconfigure(all(plain(last))), "");

    EXPECT_EQ(echo(last), "hello") << "it is spoken to as it was meant";
    EXPECT_EQ(echo(endpoint), "hello");
}

TEST_F(Listeners, that_come_with_one_that_cannot_be_added_are_served_all_the_same) {
    start();
    test::Endpoint first, damaged, last;
    auto together = all(plain(first), encrypted(damaged, /*is_damaged=*/true), plain(last));
    for (std::size_t i = 0; i < together.size(); ++i) together[i].address = "127.0.0.1:" + std::to_string(i);

    const std::string error = reconfigure(std::move(together));

    EXPECT_TRUE(error.starts_with("listen 127.0.0.1:1: ")) << error;
    EXPECT_EQ(echo(first), "hello");
    EXPECT_EQ(echo(last), "hello");
    EXPECT_TRUE(is_closed(damaged));
}

TEST_F(Listeners, that_could_not_be_added_can_be_removed) {
    start();
    test::Endpoint damaged, last;
    EXPECT_NE(reconfigure(all(encrypted(damaged, /*is_damaged=*/true))), "");
    EXPECT_EQ(reconfigure(all(plain(last))), "");
    EXPECT_EQ(echo(last), "hello");

    EXPECT_EQ(reconfigure({}, {1}), "");
    EXPECT_EQ(echo(last), "hello");
    EXPECT_EQ(reconfigure({}, {2}), "");

    EXPECT_TRUE(is_closed(last));
    EXPECT_EQ(reconfigure({}, {1, 2, 1000}), "") << "what is not there";
    EXPECT_EQ(echo(endpoint), "hello");
}

TEST_F(Listeners, without_a_socket_has_its_number_all_the_same) {
    start();
    test::Endpoint last;
    std::vector<std::uint64_t> ids{7};
    const json body{{"listeners", json::array({{{"id", "7"}}, {{"id", "8"}}})}};

    Reconfiguration missed = roles::reconfiguration_in(body, {}, ids);
    EXPECT_EQ(ids, (std::vector<std::uint64_t>{7, 8}));
    ASSERT_EQ(missed.added.size(), 1u);
    EXPECT_FALSE(missed.added[0].socket);
    EXPECT_EQ(reconfigure(std::move(missed.added)), "");
    EXPECT_EQ(reconfigure(all(plain(last))), "");

    EXPECT_EQ(echo(last), "hello");
    EXPECT_EQ(reconfigure({}, {2}), "");
    EXPECT_TRUE(is_closed(last));
}

}  // namespace berth::host::gateway::testing
