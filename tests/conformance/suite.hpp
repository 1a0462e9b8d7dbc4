// SPDX-License-Identifier: MIT
/// One host with the project `echo` for all families, and what their claims are made of.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "support/hostile_frames.hpp"
#include "support/test_host.hpp"

namespace berth::test {

inline constexpr std::size_t message_bytes_max = 1u << 20;  ///< the project's limit in this suite

/// The isolation that a program's hosts have: BERTH_TEST_ISOLATION in the environment, or the usual one.
std::string tested_isolation();

/// The host of this program, started at first use, stopped (and checked) at the end.
TestHost& echo_host();

/// TOML for the host of this program, appended to its configuration; set before the first use.
std::string& more_configuration();

/// A connection to `echo`, its handshake done.
RawClient echo_client(bool tls, RawClient::Options options = {});

/// The next data message, put together from its frames. Control frames in between fail the test.
Message next_message(RawClient& client, Deadline deadline = Deadline::usual());

/// Sends one message and expects it back, unchanged.
void expect_echo(RawClient& client, const Message& message);

/// Expects a close frame with that code as the next frame, answers it, and expects the host to end the
/// connection. `echoes`: up to so many echoes of earlier messages may come before it.
void expect_close(RawClient& client, unsigned code, std::size_t echoes = 0);
/// As above, when the test has sent its close frame already.
void expect_close_reply(RawClient& client, unsigned code, std::string_view reason = {});
/// The host ends the connection in order, and sends nothing more.
void expect_end(RawClient& client);

/// A row of a table: what is sent, by name.
using Row = Sample;

std::ostream& operator<<(std::ostream& out, const Row& row);

/// Parameters (tls, row), named "ws_NAME" or "wss_NAME".
using TransportAndRow = std::tuple<bool, Row>;
std::string name_of(const testing::TestParamInfo<TransportAndRow>& info);
/// Parameter (tls), named "ws" or "wss".
std::string name_of_transport(const testing::TestParamInfo<bool>& info);

inline auto both_transports() {
    return testing::Values(false, true);
}
inline auto with(std::vector<Row> rows) {
    return testing::Combine(both_transports(), testing::ValuesIn(std::move(rows)));
}

/// A base for tests of each row over each transport.
class RowTest : public testing::TestWithParam<TransportAndRow> {
protected:
    [[nodiscard]] bool tls() const { return std::get<0>(GetParam()); }
    [[nodiscard]] const Row& row() const { return std::get<1>(GetParam()); }
    RawClient client_ = echo_client(tls());
};

/// A base for tests over each transport.
class TransportTest : public testing::TestWithParam<bool> {
protected:
    RawClient client_ = echo_client(GetParam());
};

/// That many bytes of valid UTF-8, with characters of one to four bytes where they fit.
std::string some_text(std::size_t count);
/// A message as frames of that many bytes each.
std::string fragmented(const Message& message, std::size_t bytes_each);

inline std::string text_frame(std::string_view text) {
    return encode({.payload = std::string{text}});
}
inline std::string ping_frame(std::string_view payload = {}) {
    return encode({.opcode = opcode::ping, .payload = std::string{payload}});
}

}  // namespace berth::test
