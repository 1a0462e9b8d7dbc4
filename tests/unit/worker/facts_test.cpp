// SPDX-License-Identifier: MIT
// SEMANTICS: the client's facts; berth.request/1 and berth.config/1.
#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {

class Facts : public WorkerTest {};
class Config : public WorkerTest {};

TEST_F(Facts, address_port_path_query_origin_tls_user_and_subprotocols) {
    start();
    const ClientId ana = gateway().connect({.query = "a=1&sub=chat.v1",
                                            .path = "/puppet/room",
                                            .origin = "https://example.org",
                                            .address = "2001:db8::7",
                                            .subprotocols = {"chat.v1"},
                                            .tls_version = "TLSv1.3",
                                            .tls_cipher = "TLS_AES_256_GCM_SHA384",
                                            .tls_subject = "CN=ana",
                                            .user = "ana"});

    EXPECT_EQ(ask(ana, "facts"),
              "2001:db8::7 40001 /puppet/room?a=1&sub=chat.v1 origin https://example.org tls 1 TLSv1.3 "
              "TLS_AES_256_GCM_SHA384 CN=ana user ana chose chat.v1 of chat.v1");
}

TEST_F(Facts, a_subprotocol_that_the_gateway_chose_is_known_from_opened_on) {
    start();
    const ClientId ana = gateway().ask({.subprotocols = {"chat.v1"}});
    ASSERT_EQ(gateway().verdict(ana).text, "|");
    worker().opened(ana, "chat.v1");

    EXPECT_NE(ask(ana, "facts").find("chose chat.v1 of chat.v1"), std::string::npos);
}

TEST_F(Facts, headers_keep_repeated_names_and_ignore_case) {
    start();
    const ClientId ana = gateway().connect(
        {.headers = {{"Host", "localhost"}, {"X-Tag", "one"}, {"x-tag", "two"}, {"Cookie", "a=1; b=two"}, {"cookie", "c=3"}}});

    EXPECT_EQ(ask(ana, "header x-TAG 0"), "is one");
    EXPECT_EQ(ask(ana, "header x-tag 1"), "is two");
    EXPECT_EQ(ask(ana, "header x-tag 2"), "status 7");
    EXPECT_EQ(ask(ana, "cookie b"), "is two");
    EXPECT_EQ(ask(ana, "cookie c"), "is 3");
    EXPECT_EQ(ask(ana, "cookie d"), "status 7");
}

TEST_F(Facts, query_parameters_are_decoded_and_keep_repeats) {
    start();
    const ClientId ana = gateway().connect({.query = "q=a%20b+c&q=%C3%A4&empty"});

    EXPECT_EQ(ask(ana, "query q 0"), "is a b c");
    EXPECT_EQ(ask(ana, "query q 1"), "is \xC3\xA4");
    EXPECT_EQ(ask(ana, "query empty 0"), "is ");
    EXPECT_EQ(ask(ana, "query none 0"), "status 7");
}

TEST_F(Facts, figures_count_messages_and_bytes) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "reply 12345"), "12345");
    EXPECT_EQ(ask(ana, "figures"), "in 2 18 out 1 5 since 1700000000000");
}

TEST_F(Facts, unknown_extensions_are_absent) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "unknown"), "unknown");
}

TEST_F(Config, settings_have_their_types_and_are_listed_in_the_order_of_their_keys) {
    set("motd", std::string("hello"));
    set("limit", std::int64_t{42});
    set("ratio", 0.5);
    set("open", true);
    set("rooms.0.name", std::string("lobby"));
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "setting motd"), "is hello");
    EXPECT_EQ(ask(ana, "setting limit"), "is 42");
    EXPECT_EQ(ask(ana, "setting ratio"), "is 0.500000");
    EXPECT_EQ(ask(ana, "setting open"), "is true");
    EXPECT_EQ(ask(ana, "setting rooms.0.name"), "is lobby");
    EXPECT_EQ(ask(ana, "setting nothing"), "status 7");
    EXPECT_EQ(ask(ana, "settings"), "settings limit motd open ratio rooms.0.name");
    EXPECT_EQ(ask(ana, "directory"), "is " + settings.data_directory.string());
}

}  // namespace berth::host::worker::test
