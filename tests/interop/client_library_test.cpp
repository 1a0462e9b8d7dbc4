// SPDX-License-Identifier: MIT
// The client library against servers that are not ours: Python's `websockets`, Node's `ws`.
#include <gmock/gmock.h>
#include <signal.h>

#include "integration/client/calls.hpp"
#include "support/certificate.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace berth::test;

struct Kind {
    std::string name;
    std::vector<std::string> command;
    bool tls;
};

class OtherServers : public testing::TestWithParam<Kind> {
protected:
    void SetUp() override {
        std::vector<std::string> command = GetParam().command;
        if (GetParam().tls) {
            write_file(directory / "authority.pem", certificate.authority_pem);
            write_file(directory / "certificate.pem", certificate.certificate_pem);
            write_file(directory / "key.pem", certificate.key_pem);
            command.push_back(directory / "certificate.pem");
            command.push_back(directory / "key.pem");
        }
        server = spawn(command, directory / "output");
        ASSERT_TRUE(eventually([&] { return read_file(directory / "output").ends_with('\n'); },
                               Deadline{std::chrono::seconds{30}}))
            << "the server does not start";
        port = static_cast<std::uint16_t>(std::stoi(read_file(directory / "output")));
    }
    void TearDown() override {
        kill(server, SIGTERM);
        EXPECT_TRUE(wait_for(server, Deadline::usual()));
        if (HasFailure()) std::cerr << read_file(directory / "output");
    }

    [[nodiscard]] std::string url() const {
        return (GetParam().tls ? "wss://localhost:" : "ws://127.0.0.1:") + std::to_string(port) + "/x?y=z";
    }
    Attempt connect() {
        options.tls_ca_file = authority.c_str();
        return connect_url(url(), options);
    }

    TempDir directory;
    Certificate certificate = make_certificate();
    std::string authority = directory / "authority.pem";
    berth_client_options options = default_client_options();
    pid_t server = -1;
    std::uint16_t port = 0;
};

TEST_P(OtherServers, echo_texts_and_buffers_of_all_lengths) {
    const Attempt attempt = connect();
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 3000000u}) {
        const std::string bytes(size, '\xFE');
        ASSERT_EQ(write_buffer(attempt.connection, bytes), BERTH_CLIENT_OK);
        EXPECT_TRUE(read(attempt.connection) == "buffer " + bytes) << size;
    }
    for (const char* text : {"", "grüß dich", "🚢", "x"}) {
        ASSERT_EQ(write_text(attempt.connection, text), BERTH_CLIENT_OK);
        EXPECT_EQ(read(attempt.connection), std::string{"text "} + text);
    }
}

TEST_P(OtherServers, close_with_codes_that_arrive_untouched) {
    for (const int code : {1000, 1001, 1008, 1011, 3000, 4999}) {
        const Attempt attempt = connect();
        ASSERT_TRUE(attempt.connection) << attempt.error.text;
        write_text(attempt.connection, "close " + std::to_string(code) + " so long");
        EXPECT_EQ(shown(wait_end(attempt.connection)), std::to_string(code) + " so long clean");
    }
}

TEST_P(OtherServers, answer_our_close) {
    const Attempt attempt = connect();
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    berth_client_close(attempt.connection.get(), 4001, "leaving");

    const berth_client_end end = wait_end(attempt.connection);
    EXPECT_EQ(end.code, 4001);
    EXPECT_TRUE(end.is_clean);
}

TEST_P(OtherServers, ping_us_and_are_pinged) {
    options.ping_interval_ms = 50;
    const Attempt attempt = connect();
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    write_text(attempt.connection, "ping");
    EXPECT_EQ(read(attempt.connection), "text answered");
    // Silence long enough for several pings of ours, each of which has to be answered.
    EXPECT_EQ(read(attempt.connection, 300), "status " + std::to_string(BERTH_CLIENT_TIMEOUT));
    EXPECT_EQ(berth_client_exists(attempt.connection.get()), 1);
}

TEST_P(OtherServers, send_fragments_and_large_messages) {
    const Attempt attempt = connect();
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    write_text(attempt.connection, "parts");
    EXPECT_EQ(read(attempt.connection), "text one two three");
    write_text(attempt.connection, "large 10000000");
    EXPECT_EQ(read(attempt.connection).size(), 7u + 10000000u);
}

TEST_P(OtherServers, choose_a_sub_protocol_and_see_our_headers_and_no_extension) {
    const char* subprotocols[] = {"chat.v2", "chat.v1"};
    const berth_client_header header{"X-Who", "berth"};
    options.subprotocols = subprotocols;
    options.subprotocol_count = 2;
    options.headers = &header;
    options.header_count = 1;
    const Attempt attempt = connect();
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    EXPECT_EQ(berth_client_subprotocol(attempt.connection.get(), nullptr, 0),
              std::string_view{"chat.v1"}.size());
    write_text(attempt.connection, "header X-Who");
    EXPECT_EQ(read(attempt.connection), "text berth");
    write_text(attempt.connection, "header Sec-WebSocket-Extensions");
    EXPECT_EQ(read(attempt.connection), "text none");
}

std::vector<Kind> kinds() {
    std::vector<Kind> all;
    for (const bool tls : {false, true}) {
        const std::string suffix = tls ? "_wss" : "_ws";
        all.push_back({"python" + suffix, {"/usr/bin/python3", BERTH_INTEROP "/python_server.py"}, tls});
        all.push_back({"node" + suffix, {BERTH_NODE, BERTH_INTEROP "/node_server.mjs"}, tls});
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(All, OtherServers, testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
