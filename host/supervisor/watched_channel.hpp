// SPDX-License-Identifier: MIT
/// A control channel on the event loop.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "base/clock.hpp"
#include "base/event_loop.hpp"
#include "control/child_channel.hpp"

namespace berth::host::supervisor {

/// Delivers messages, writes what waits. Both callbacks may destroy it.
class WatchedChannel {
public:
    using Message = std::function<void(const nlohmann::json&)>;
    /// A child says a heartbeat a second and answers; nobody asks this often.
    static constexpr std::size_t messages_per_second_max = 5000;
    /// The other end has gone, or (Code::invalid) spoke nonsense or too much; called once, nothing follows.
    using Ended = std::function<void(const Error&)>;

    WatchedChannel(EventLoop& loop, UniqueFd fd, Message message, Ended ended);
    ~WatchedChannel();
    WatchedChannel(const WatchedChannel&) = delete;
    WatchedChannel& operator=(const WatchedChannel&) = delete;

    /// Begins to listen.
    Result<void> open();
    /// Drops the message when the channel has ended.
    void send(const nlohmann::json& message, std::span<const int> fds);
    /// Delivers what has arrived already. Answers false when a callback destroyed the channel.
    bool drain();
    /// The other end reads the end of the channel; nothing is delivered from now on.
    void close();

private:
    void ready(std::uint32_t events);
    void watch();
    void receive();
    void end(const Error& error);
    [[nodiscard]] bool are_too_many(std::size_t messages);
    /// Answers false when a callback destroyed the channel.
    bool deliver(const std::vector<control::ChildChannel::Message>& messages);

    EventLoop& loop_;
    control::ChildChannel channel_;
    const Message message_;
    const Ended ended_;
    bool is_open_ = false;
    TimePoint second_begun_{};
    std::size_t messages_in_second_ = 0;
    const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace berth::host::supervisor
