// SPDX-License-Identifier: MIT
/// A correct WebSocket client for scenarios: `ana.says("hi"); EXPECT_EQ(ben.hears(), "hi");`
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/raw_client.hpp"

namespace berth::test {

/// A whole message.
struct Message {
    bool is_text = true;
    std::string payload;
    friend bool operator==(const Message&, const Message&) = default;
};

/// How a connection ended, as the client saw it.
struct Closed {
    unsigned code = 1006;  ///< 1006: no close frame came
    std::string reason;
    End end = End::open;  ///< how the connection itself ended; `open`: it had not by the deadline
};

/// One connected client. Not for several threads. It answers pings and closes on its own whenever it
/// waits for something.
class WsClient {
public:
    /// Connects; throws std::runtime_error when the host refuses.
    WsClient(const Endpoint& to, std::string_view target, const Headers& headers = {},
             RawClient::Options options = {}, Deadline deadline = Deadline::usual());

    /// Sends one text message; false when the connection has ended.
    bool says(std::string_view text) {
        return raw_.send(Frame{.opcode = opcode::text, .payload = std::string{text}});
    }
    /// Sends one binary message.
    bool sends(std::string_view buffer) {
        return raw_.send(Frame{.opcode = opcode::binary, .payload = std::string{buffer}});
    }
    /// The next message; nothing when the connection ended or the deadline passed.
    std::optional<Message> next(Deadline deadline = Deadline::usual());
    /// The next message's text, or a sentence in <> that no test expects.
    std::string hears(Deadline deadline = Deadline::usual());
    /// Lets messages pass until that text comes; false when it did not.
    bool hears_at_last(std::string_view text, Deadline deadline = Deadline::usual());
    /// Whether a message is waiting already or comes within the deadline; it is not taken.
    bool has_message(Deadline deadline);

    /// Starts the closing handshake.
    void closes(unsigned code = 1000, std::string_view reason = {});
    /// Lets messages pass until the connection has ended, and says how.
    Closed closed(Deadline deadline = Deadline::usual());
    /// True until a close frame came or the connection ended.
    [[nodiscard]] bool is_open() const { return !close_.has_value() && raw_.end() == End::open; }
    /// Pings that the host sent, and that were answered.
    [[nodiscard]] std::size_t pings() const { return pings_; }

    RawClient& raw() { return raw_; }

private:
    bool step(Deadline deadline);

    RawClient raw_;
    std::vector<Message> waiting_;
    std::optional<Message> partial_;
    std::optional<Closed> close_;
    bool sent_close_ = false;
    std::size_t pings_ = 0;
};

}  // namespace berth::test
