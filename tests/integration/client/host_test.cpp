// SPDX-License-Identifier: MIT
// The client library and a real host.
#include <gmock/gmock.h>

#include <chrono>
#include <map>

#include "integration/client/calls.hpp"
#include "support/test_host.hpp"

namespace {

using namespace berth::test;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class ClientAndHost : public testing::TestWithParam<bool> {
protected:
    HostOptions with(std::string more = {}) const {
        return {.projects = {shipped_project("echo")},
                .limits = {"message = \"1 MiB\""},
                .more = std::move(more)};
    }
    std::string url(const TestHost& host, const std::string& path) {
        const Endpoint& to = host.endpoint(GetParam());
        if (GetParam()) {
            write_file(authority, to.authority_pem);
            options.tls_ca_file = authority.c_str();
        }
        return (GetParam() ? "wss://localhost:" : "ws://127.0.0.1:") + std::to_string(to.port) + path;
    }

    TempDir directory;
    std::string authority = directory / "authority.pem";
    berth_client_options options = default_client_options();
};

TEST_P(ClientAndHost, exchange_texts_and_buffers_of_all_lengths) {
    TestHost host{with()};
    const Attempt attempt = connect_url(url(host, "/echo"), options);
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 1u << 20}) {
        const std::string bytes(size, '\xFF');
        ASSERT_EQ(write_buffer(attempt.connection, bytes), BERTH_CLIENT_OK);
        EXPECT_TRUE(read(attempt.connection) == "buffer " + bytes) << size;
        ASSERT_EQ(write_text(attempt.connection, std::string(size, 'x')), BERTH_CLIENT_OK);
        EXPECT_TRUE(read(attempt.connection) == "text " + std::string(size, 'x')) << size;
    }
    berth_client_close(attempt.connection.get(), 3000, "done");
    EXPECT_THAT(shown(wait_end(attempt.connection)), testing::MatchesRegex("3000 .*clean"));
}

TEST_P(ClientAndHost, tell_why_a_project_cannot_be_reached) {
    TestHost host{with()};

    Attempt attempt = connect_url(url(host, "/nobody"), options);
    EXPECT_EQ(attempt.error.http_status, 404);
    EXPECT_THAT(attempt.error.text, HasSubstr("/nobody: the server answered 404 Not Found"));

    ASSERT_EQ(host.cli({"block", "echo"}).exit_code, 0);
    attempt = connect_url(url(host, "/echo"), options);
    EXPECT_EQ(attempt.error.http_status, 503);
    EXPECT_GT(attempt.error.retry_after_ms, 0);

    options.origin = "https://evil.example";
    ASSERT_EQ(host.cli({"open", "echo"}).exit_code, 0);
    EXPECT_EQ(connect_url(url(host, "/echo"), options).error.http_status, 403);
}

TEST_P(ClientAndHost, agree_on_how_it_ended) {
    TestHost host{with()};
    Attempt attempt = connect_url(url(host, "/echo"), options);
    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    write_text(attempt.connection, "here");
    ASSERT_EQ(read(attempt.connection), "text here");
    ASSERT_EQ(host.cli({"disconnect", "--project", "echo", "--code", "4001", "--reason", "so long", "--yes"})
                  .exit_code,
              0);
    EXPECT_EQ(shown(wait_end(attempt.connection)), "4001 so long clean");

    attempt = connect_url(url(host, "/echo"), options);
    write_buffer(attempt.connection, std::string((1 << 20) + 1, 'x'));
    EXPECT_EQ(wait_end(attempt.connection).code, 1009);
}

TEST_P(ClientAndHost, find_each_other_again_after_a_restart) {
    TestHost host{with()};
    options.reconnect = 1;
    options.reconnect_delay_ms = 20;
    options.reconnect_delay_ms_max = 100;
    options.offline_bytes_max = 1000;
    Recorder recorder;
    const Connection connection = open_url(url(host, "/echo"), recorder, options);
    ASSERT_TRUE(recorder.hears("opening"));

    host.restart();
    EXPECT_EQ(write_text(connection, "still here"), BERTH_CLIENT_OK);

    EXPECT_TRUE(recorder.hears("text still here"));
    const std::vector<std::string> lines = recorder.lines();
    EXPECT_EQ(lines.at(0), "opening");
    EXPECT_EQ(lines.at(1), "interrupted 1001");
    EXPECT_THAT(lines, Contains("resumed"));
}

TEST_P(ClientAndHost, meet_again_after_a_redeploy_when_the_host_wants_it_and_not_before) {
    using namespace std::chrono_literals;
    HostOptions with_no_drain = with();
    with_no_drain.limits = {"drain = \"0\""};
    TestHost host{with_no_drain};
    options.reconnect = 1;
    options.reconnect_delay_ms = 20;
    std::map<std::string, std::chrono::steady_clock::time_point> at;
    Recorder recorder{[&at](const std::string& line, berth_client_connection*) { at[line] = std::chrono::steady_clock::now(); }};
    const Connection connection = open_url(url(host, "/echo"), recorder, options);
    ASSERT_TRUE(recorder.hears("opening"));

    ASSERT_EQ(host.cli({"reload", "echo", "--yes"}).exit_code, 0);

    ASSERT_TRUE(recorder.hears("interrupted 1012"));
    ASSERT_TRUE(recorder.hears("resumed"));
    EXPECT_THAT(recorder.delays(), ElementsAre(testing::AllOf(testing::Ge(1000), testing::Lt(1020))));
    // The wait may have begun a moment before the callback.
    EXPECT_GE(at["resumed"] - at["interrupted 1012"], 950ms);
}

INSTANTIATE_TEST_SUITE_P(Schemes, ClientAndHost, testing::Bool(),
                         [](const auto& tls) { return tls.param ? "wss" : "ws"; });

}  // namespace
