// SPDX-License-Identifier: MIT
//
// A client of a TestHost.
#ifndef BERTH_TESTING_CLIENT_HPP
#define BERTH_TESTING_CLIENT_HPP

#include <memory>

#include "types.hpp"

namespace berth {

namespace detail {
class TestState;
}

/// A fake peer: what it does is done at once, and everything that follows from it has run when the call returns
/// (unless a TestHold is alive). A small handle; copies are the same client. For the test's thread.
class BERTH_TESTING_API TestClient {
public:
    TestClient(std::shared_ptr<detail::TestState> state, ClientId id);
    TestClient(const TestClient&);
    TestClient& operator=(const TestClient&);
    ~TestClient();

    ClientId id() const noexcept { return id_; }
    /// Accepted, and not closed.
    bool is_connected() const;
    /// What the handshake was answered with: 101, or the status of a refusal; 0: no answer yet.
    unsigned status() const;
    /// The body of a refusal.
    std::string refusal() const;
    /// The sub-protocol chosen; empty: none.
    std::string subprotocol() const;

    /// Sends a message. False, and nothing was sent, when it is not connected. Text that is not UTF-8 closes it
    /// with 1007, a message over the limit with 1009, as the real host would.
    bool says(std::string_view text);
    bool says(Buffer bytes);
    /// Closes: with a code and a reason, or (1005) without.
    void leaves(std::uint16_t code = 1000, std::string_view reason = {});
    /// The network breaks: 1006.
    void vanishes();

    /// The next message that was not taken yet, of either kind; "<nothing>" when there is none.
    std::string hears();
    /// The same with its kind.
    std::optional<TestMessage> next();
    /// All messages that were not taken yet.
    std::vector<std::string> heard();
    /// How many there are.
    std::size_t waiting() const;

    /// How its connection ended; nothing while it has not.
    std::optional<TestClosed> closed() const;

    /// A slow reader: from now on what it is sent stays in its backlog, up to the limit and its policy.
    void stops_reading();
    /// Takes what waits in the backlog, and reads as usual again. Ends `fill_backlog`, too.
    void reads_again();
    /// Makes its backlog full: no message fits any more.
    void fill_backlog();

private:
    std::shared_ptr<detail::TestState> state_;
    ClientId id_;
};

}  // namespace berth

#endif
