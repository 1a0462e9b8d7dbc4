// SPDX-License-Identifier: MIT
#include "conformance/suite.hpp"

#include <cstdlib>
#include <memory>
#include <ostream>

namespace berth::test {

namespace {

/// Keeps the host for the program, so that each program starts one; its end is part of the result.
class HostEnvironment : public testing::Environment {
public:
    TestHost& host() {
        if (!host_)
            host_ = std::make_unique<TestHost>(
                HostOptions{.isolation = tested_isolation(),
                            .projects = {shipped_project("echo")},
                            .limits = {"message = \"1 MiB\"", "backlog = \"16 MiB\"", "fragments = 16384",
                                       "control_frames = 0"},
                            .more = more_configuration()});
        return *host_;
    }
    void TearDown() override { host_.reset(); }

private:
    std::unique_ptr<TestHost> host_;
};

// GoogleTest owns it.
HostEnvironment* const environment =
    static_cast<HostEnvironment*>(testing::AddGlobalTestEnvironment(new HostEnvironment));

}  // namespace

std::string tested_isolation() {
    const char* const given = std::getenv("BERTH_TEST_ISOLATION");
    return given != nullptr ? given : HostOptions{}.isolation;
}

std::string& more_configuration() {
    static std::string configuration;
    return configuration;
}

TestHost& echo_host() {
    return environment->host();
}

RawClient echo_client(bool tls, RawClient::Options options) {
    RawClient client{echo_host().endpoint(tls), options};
    client.open("/echo");
    return client;
}

Message next_message(RawClient& client, Deadline deadline) {
    Message message;
    bool begun = false;
    for (;;) {
        const auto frame = client.frame(deadline);
        if (!frame) {
            ADD_FAILURE() << "no message came"
                          << (client.end() == End::open ? " in time" : ": the connection ended");
            return {.is_text = true, .payload = "<none>"};
        }
        if (frame->opcode >= opcode::close) {
            ADD_FAILURE() << "a control frame came instead of a message: opcode " << frame->opcode << ", "
                          << (frame->opcode == opcode::close ? std::to_string(close_code(*frame))
                                                             : frame->payload);
            return {.is_text = true, .payload = "<control>"};
        }
        EXPECT_EQ(frame->opcode == opcode::continuation, begun);
        if (!begun) message.is_text = frame->opcode == opcode::text;
        begun = true;
        message.payload += frame->payload;
        if (frame->fin) return message;
    }
}

void expect_echo(RawClient& client, const Message& message) {
    ASSERT_TRUE(client.send(
        Frame{.opcode = message.is_text ? opcode::text : opcode::binary, .payload = message.payload}));
    const Message answer = next_message(client);
    EXPECT_EQ(answer.is_text, message.is_text);
    EXPECT_TRUE(answer.payload == message.payload)
        << "sent " << message.payload.size() << " bytes, got " << answer.payload.size() << " other ones";
    EXPECT_EQ(client.violation(), "");
}

void expect_end(RawClient& client) {
    const End end = client.wait_end();
    EXPECT_TRUE(end == End::finished || end == End::reset)
        << (end == End::open ? "still open" : "no close_notify");
    EXPECT_EQ(client.input(), "");
    EXPECT_EQ(client.violation(), "");
}

void expect_close(RawClient& client, unsigned code, std::size_t echoes) {
    auto frame = client.frame();
    for (; frame && frame->opcode <= opcode::binary && echoes > 0; --echoes) frame = client.frame();
    ASSERT_TRUE(frame) << "no close frame came"
                       << (client.end() == End::open ? " in time" : ": the connection ended");
    ASSERT_EQ(frame->opcode, opcode::close) << frame->payload.substr(0, 64);
    EXPECT_EQ(close_code(*frame), code) << close_reason(*frame);
    client.send(*frame);
    expect_end(client);
}

void expect_close_reply(RawClient& client, unsigned code, std::string_view reason) {
    const auto frame = client.frame();
    ASSERT_TRUE(frame) << "no close frame came"
                       << (client.end() == End::open ? " in time" : ": the connection ended");
    ASSERT_EQ(frame->opcode, opcode::close) << frame->payload.substr(0, 64);
    EXPECT_EQ(close_code(*frame), code) << close_reason(*frame);
    if (!reason.empty()) {
        EXPECT_EQ(close_reason(*frame), reason);
    }
    expect_end(client);
}

std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << row.name << " (" << row.bytes.size() << " bytes)";
}

std::string name_of(const testing::TestParamInfo<TransportAndRow>& info) {
    return (std::get<0>(info.param) ? "wss_" : "ws_") + std::get<1>(info.param).name;
}

std::string name_of_transport(const testing::TestParamInfo<bool>& info) {
    return info.param ? "wss" : "ws";
}

std::string some_text(std::size_t count) {
    static constexpr std::string_view characters[] = {"a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x9A\xA2"};
    std::string text;
    text.reserve(count);
    for (std::size_t i = 0; text.size() < count; ++i) {
        const auto character = characters[i % 4];
        text += text.size() + character.size() <= count ? character : characters[0];
    }
    return text;
}

std::string fragmented(const Message& message, std::size_t bytes_each) {
    std::string out;
    for (std::size_t at = 0; at == 0 || at < message.payload.size(); at += bytes_each)
        out += encode({.opcode = at > 0            ? opcode::continuation
                                 : message.is_text ? opcode::text
                                                   : opcode::binary,
                       .payload = message.payload.substr(at, bytes_each),
                       .fin = at + bytes_each >= message.payload.size()});
    return out;
}

}  // namespace berth::test
