// SPDX-License-Identifier: MIT
/// The other end of the control socket: blocking calls with time limits, for the command line and the pages.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/handler.hpp"

namespace berth::host::control {

/// Why a call failed: the exit code for it and a sentence.
struct Failure {
    ReplyCode code = ReplyCode::refused;
    std::string sentence;
};

template <class T>
using Answer = tl::expected<T, Failure>;

/// One connection. Not for two threads at once.
class Client {
public:
    static constexpr std::chrono::milliseconds default_timeout{30'000};

    /// unavailable: "host not running: no answer at PATH; start it with `berth serve`"; permission: the
    /// socket is not for this user.
    static Answer<Client> connect(const std::filesystem::path& path);
    /// Takes a connected socket, as the pages get it.
    explicit Client(UniqueFd fd) : fd_(std::move(fd)) {}

    /// Sends {"version":1, ...request} and waits for its reply. A reply with "ok":false is a failure with its
    /// code; one that does not come in time is try_again (it is skipped should it come later).
    Answer<nlohmann::json> call(nlohmann::json request, std::chrono::milliseconds timeout = default_timeout);

    /// As `call` for streams: `each` gets every line but the last and answers whether to go on; there is no
    /// time limit. When it says no, the connection is closed and the result is an empty object.
    Answer<nlohmann::json> stream(nlohmann::json request,
                                  const std::function<bool(const nlohmann::json&)>& each);

    /// Calls again and again with "after" until all are there: `each` gets every element of the reply's list
    /// `name`, at most `most` of them. The result is the last reply.
    Answer<nlohmann::json> page(nlohmann::json request, std::string_view name, std::size_t most,
                                const std::function<void(nlohmann::json&)>& each);

    /// Waits until the host closes the connection, which it does when it has ended.
    [[nodiscard]] bool wait_closed(std::chrono::milliseconds timeout);

private:
    using Deadline = std::chrono::steady_clock::time_point;

    Answer<void> send(nlohmann::json request, Deadline deadline);
    Answer<nlohmann::json> receive(Deadline deadline);
    Answer<std::string> receive_line(Deadline deadline);

    UniqueFd fd_;
    std::string input_;
    std::size_t replies_to_skip_ = 0;
};

}  // namespace berth::host::control
