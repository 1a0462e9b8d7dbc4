// SPDX-License-Identifier: MIT
#include "control/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "control/verbs.hpp"

namespace berth::host::control {
namespace {

using nlohmann::json;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t reply_bytes_max = 64u << 20;
constexpr std::size_t page_size = 1000;

tl::unexpected<Failure> failure(ReplyCode code, std::string sentence) {
    return tl::unexpected<Failure>(Failure{code, std::move(sentence)});
}

tl::unexpected<Failure> connection_failure(const std::filesystem::path& path, int error) {
    if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR) {
        return failure(ReplyCode::unavailable,
                       "host not running: no answer at " + path.string() + "; start it with `berth serve`");
    }
    if (error == EACCES || error == EPERM) {
        return failure(ReplyCode::permission, "no permission to use " + path.string() +
                                                  "; use sudo, or join the group that owns it");
    }
    return failure(ReplyCode::unavailable, "control socket " + path.string() + ": " + std::strerror(error));
}

/// Waits until the descriptor is ready; false when the time is over.
bool wait_for(int fd, short events, SteadyClock::time_point deadline) {
    while (true) {
        int wait_ms = -1;
        if (deadline != SteadyClock::time_point::max()) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
            wait_ms = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
        }
        pollfd entry{.fd = fd, .events = events, .revents = 0};
        const int count = ::poll(&entry, 1, wait_ms);
        if (count > 0) return true;
        if (count == 0 && SteadyClock::now() >= deadline) return false;
        if (count < 0 && errno != EINTR) return true;  // The call that follows names the error.
    }
}

}  // namespace

Answer<Client> Client::connect(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof(address.sun_path)) {
        return failure(ReplyCode::usage, "control socket " + path.string() + ": a socket's path may have " +
                                             std::to_string(sizeof(address.sun_path) - 1) + " bytes");
    }
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return connection_failure(path, errno);
    }
    return Client(std::move(fd));
}

Answer<void> Client::send(json request, Deadline deadline) {
    request["version"] = protocol_version;
    std::string line = request.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto n = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait_for(fd_.get(), POLLOUT, deadline))
                return failure(ReplyCode::try_again, "the host does not read");
        } else if (errno != EINTR) {
            break;  // The host closed; it may have said why, and receiving finds that.
        }
    }
    return {};
}

Answer<std::string> Client::receive_line(Deadline deadline) {
    std::size_t searched = 0;
    std::array<char, 65536> chunk{};
    while (true) {
        const auto end = input_.find('\n', searched);
        if (end != std::string::npos) {
            std::string line = input_.substr(0, end);
            input_.erase(0, end + 1);
            return line;
        }
        searched = input_.size();
        if (input_.size() > reply_bytes_max)
            return failure(ReplyCode::refused, "the host's reply has no end");
        if (!wait_for(fd_.get(), POLLIN, deadline)) {
            return failure(ReplyCode::try_again, "the host did not answer in time; look at its log");
        }
        const auto n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (n > 0) {
            input_.append(chunk.data(), static_cast<std::size_t>(n));
        } else if (n == 0 || errno != EINTR) {
            return failure(ReplyCode::unavailable, "the host closed the control connection; look at its log");
        }
    }
}

Answer<json> Client::receive(Deadline deadline) {
    auto line = receive_line(deadline);
    if (!line) return tl::unexpected(line.error());
    auto reply = json::parse(*line, nullptr, /*allow_exceptions=*/false);
    const bool is_right =
        reply.is_object() && (reply.value("more", json()) == true || reply.value("ok", json()).is_boolean());
    if (!is_right)
        return failure(ReplyCode::refused, "what answers at the control socket does not speak its protocol");
    return reply;
}

Answer<json> Client::call(json request, std::chrono::milliseconds timeout) {
    const Deadline deadline = SteadyClock::now() + timeout;
    if (auto sent = send(std::move(request), deadline); !sent) return tl::unexpected(sent.error());
    for (++replies_to_skip_; replies_to_skip_ > 0;) {
        auto reply = receive(deadline);
        if (!reply) return tl::unexpected(reply.error());
        if (reply->contains("more") || --replies_to_skip_ > 0) continue;
        if ((*reply)["ok"] == true) return reply;
        const json code = reply->value("code", json(1));
        const json sentence = reply->value("error", json());
        return failure(
            code.is_number_integer() ? static_cast<ReplyCode>(code.get<int>()) : ReplyCode::refused,
            sentence.is_string() ? sentence.get<std::string>() : "refused without a reason");
    }
    return failure(ReplyCode::refused, "no reply");
}

Answer<json> Client::stream(json request, const std::function<bool(const json&)>& each) {
    if (auto sent = send(std::move(request), Deadline::max()); !sent) return tl::unexpected(sent.error());
    while (true) {
        auto reply = receive(Deadline::max());
        if (!reply) return tl::unexpected(reply.error());
        if (reply->contains("more")) {
            if (each(*reply)) continue;
            fd_.reset();
            return json::object();
        }
        if ((*reply)["ok"] == true) return reply;
        return failure(static_cast<ReplyCode>(reply->value("code", 1)),
                       reply->value("error", "refused without a reason"));
    }
}

Answer<json> Client::page(json request, std::string_view name, std::size_t most,
                          const std::function<void(json&)>& each) {
    std::size_t left = most;
    while (true) {
        request["limit"] = std::clamp<std::size_t>(left, 1, page_size);
        auto reply = call(request);
        if (!reply) return reply;
        const auto list = reply->find(name);
        if (list == reply->end() || !list->is_array())
            return failure(ReplyCode::refused, "the host's reply has no list");
        for (json& element : *list) {
            if (left == 0) break;
            each(element);
            --left;
        }
        const json after = reply->value("after", json());
        if (left == 0 || list->empty() || !after.is_string()) return reply;
        request["after"] = after;
    }
}

bool Client::wait_closed(std::chrono::milliseconds timeout) {
    const Deadline deadline = SteadyClock::now() + timeout;
    while (true) {
        auto line = receive_line(deadline);
        if (!line) return line.error().code == ReplyCode::unavailable;
    }
}

}  // namespace berth::host::control
