// SPDX-License-Identifier: MIT
#include "config/config.hpp"

#include <arpa/inet.h>
#include <berth/berth.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "base/client_id.hpp"
#include "config/choices.hpp"

namespace berth::host::config {
namespace {

template <class Enum>
std::string_view text_of(Enum value) {
    return choice_names<Enum>.at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view name_of(Isolation value) {
    return text_of(value);
}
std::string_view name_of(BacklogPolicy value) {
    return text_of(value);
}
std::string_view name_of(LogFormat value) {
    return text_of(value);
}
std::string_view name_of(Confinement value) {
    return choice_names<Confinement>.at(static_cast<std::size_t>(value));
}

std::string_view name_of(LogFiles value) {
    return text_of(value);
}
std::string_view name_of(TlsVersion value) {
    return text_of(value);
}

bool Address::is_loopback() const {
    if (!ipv6) return host.starts_with("127.");
    in6_addr address;
    if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return false;
    if (IN6_IS_ADDR_LOOPBACK(&address)) return true;
    return IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127;
}

std::string Address::text() const {
    return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::uint64_t Flags::apply(std::uint64_t project_flags) const {
    const auto set = [&](const std::optional<bool>& wanted, std::uint64_t flag) {
        if (wanted) project_flags = *wanted ? project_flags | flag : project_flags & ~flag;
    };
    set(inline_handlers, BERTH_PROJECT_INLINE);
    set(stateless, BERTH_PROJECT_STATELESS);
    set(repeatable, BERTH_PROJECT_REPEATABLE);
    set(exclusive, BERTH_PROJECT_EXCLUSIVE);
    return project_flags;
}

const Project& Config::project(const std::string& name) const {
    const auto found = projects.find(name);
    return found == projects.end() ? defaults : found->second;
}

bool is_project_name(std::string_view name) {
    if (name.empty() || name.size() > 64) return false;
    const auto is_first = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return is_first(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_first(c) || c == '_' || c == '-'; });
}

std::filesystem::path default_run_directory() {
    if (geteuid() == 0) return "/run/berth";
    if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime == '/')
        return std::filesystem::path(runtime) / "berth";
    return "/tmp/berth-" + std::to_string(geteuid());
}

std::uint32_t io_threads_of(const Host& host) {
    const std::uint32_t wanted = host.io_threads != 0 ? host.io_threads : std::thread::hardware_concurrency();
    return std::clamp<std::uint32_t>(wanted, 1, io_threads_max);
}

}  // namespace berth::host::config
