// SPDX-License-Identifier: MIT
#include "support/private_network.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

namespace berth::test {
namespace {

ifreq request_for(std::string_view interface) {
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

bool bring_up(int socket, std::string_view interface) {
    auto request = request_for(interface);
    if (::ioctl(socket, SIOCGIFFLAGS, &request) != 0) return false;
    request.ifr_flags |= IFF_UP;
    return ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

bool set_address(int socket, std::string_view interface, const std::string& address) {
    auto request = request_for(interface);
    sockaddr_in value{};
    value.sin_family = AF_INET;
    if (::inet_pton(AF_INET, address.c_str(), &value.sin_addr) != 1) return false;
    std::memcpy(&request.ifr_addr, &value, sizeof value);
    return ::ioctl(socket, SIOCSIFADDR, &request) == 0;
}

}  // namespace

bool enter_private_network(const std::string& address) {
    if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool is_ready = bring_up(socket, "lo") && set_address(socket, "lo:1", address);
    ::close(socket);
    return is_ready;
}

}  // namespace berth::test
