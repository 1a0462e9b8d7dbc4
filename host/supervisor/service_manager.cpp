// SPDX-License-Identifier: MIT
#include "supervisor/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string_view>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::host::supervisor {
namespace {

/// sd_notify(3) without its blocking: a manager that does not read must not stop the supervisor's loop.
void tell(std::string_view state) {
    const char* const named = std::getenv("NOTIFY_SOCKET");
    if (named == nullptr) return;
    const std::string_view path = named;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() < 2 || (path[0] != '/' && path[0] != '@') || path.size() >= sizeof address.sun_path)
        return log::warning("service manager cannot be told: NOTIFY_SOCKET is neither a path nor an abstract name",
                            {{"socket", path}});
    path.copy(address.sun_path, path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket || ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                            reinterpret_cast<const sockaddr*>(&address), size) < 0)
        log::warning("service manager was not told",
                     {{"state", state.substr(0, state.find('\n'))}, {"reason", fail_errno("send", errno).value().message}});
}

}  // namespace

void tell_ready() { tell("READY=1\nSTATUS=serving"); }
void tell_stopping() { tell("STOPPING=1\nSTATUS=stopping"); }
void tell_alive() {
    if (::sd_watchdog_enabled(/*unset_environment=*/0, nullptr) > 0) tell("WATCHDOG=1");
}

}  // namespace berth::host::supervisor
