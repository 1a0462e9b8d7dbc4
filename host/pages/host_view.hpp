// SPDX-License-Identifier: MIT
/// What the pages know of the host: they ask over the control socket, on a thread of their own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "base/mutex.hpp"
#include "base/unique_fd.hpp"
#include "control/client.hpp"

namespace berth::host::pages {

/// Asks the host without holding up whoever serves files. An answer is good for a quarter of a second, so
/// that a storm of scrapes is one request a moment; the queue is bounded, beyond it the answer is try_again
/// at once.
class HostView {
public:
    using Reply = control::Answer<nlohmann::json>;
    using Then = std::function<void(const Reply&)>;

    /// `connection` is a viewer's end of the control socket.
    explicit HostView(UniqueFd connection, std::chrono::milliseconds timeout = std::chrono::seconds(3));
    ~HostView();
    HostView(const HostView&) = delete;
    HostView& operator=(const HostView&) = delete;

    /// `then` is called once, on the view's thread or at once; it must not block. [any thread]
    void ask(const std::string& verb, Then then) BERTH_EXCLUDES(mutex_);

private:
    struct Known {
        std::chrono::steady_clock::time_point at;
        Reply reply = tl::unexpected(control::Failure{});
    };

    static constexpr std::chrono::milliseconds fresh{250};
    static constexpr std::size_t queue_max = 64;

    void serve() BERTH_EXCLUDES(mutex_);
    Reply reply_to(const std::string& verb);

    control::Client client_;              // of the thread
    std::map<std::string, Known> known_;  // of the thread
    const std::chrono::milliseconds timeout_;
    Mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<std::pair<std::string, Then>> queue_ BERTH_GUARDED_BY(mutex_);
    bool is_stopping_ BERTH_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace berth::host::pages
