// SPDX-License-Identifier: MIT
#include "control/listener.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace berth::host::control {
namespace {

constexpr mode_t directory_mode = 0750;
constexpr mode_t socket_mode = 0660;
constexpr int backlog = 64;

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof(address.sun_path)) {
        return fail(Code::invalid, "control socket " + path.string() + ": a socket's path may have " +
                                       std::to_string(sizeof(address.sun_path) - 1) +
                                       " bytes; choose a shorter one");
    }
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
    return address;
}

Result<void> prepare_directory(const std::filesystem::path& directory, std::optional<gid_t> group) {
    std::error_code error;
    std::filesystem::create_directories(directory.parent_path(), error);
    if (::mkdir(directory.c_str(), directory_mode) == 0) {
        // The umask may have taken bits away, and the group is not inherited everywhere.
        if (::chmod(directory.c_str(), directory_mode) != 0)
            return fail_errno("chmod " + directory.string(), errno);
        if (group && ::chown(directory.c_str(), static_cast<uid_t>(-1), *group) != 0) {
            return fail_errno("chown " + directory.string(), errno);
        }
        return {};
    }
    if (errno != EEXIST) return fail_errno("make the directory " + directory.string(), errno);
    struct stat info {};
    if (::stat(directory.c_str(), &info) != 0) return fail_errno("look at " + directory.string(), errno);
    if (!S_ISDIR(info.st_mode)) return fail(Code::invalid, directory.string() + " is not a directory");
    const bool is_open_to_all = (info.st_mode & S_IWOTH) != 0 && (info.st_mode & S_ISVTX) == 0;
    const bool is_foreign = info.st_uid != 0 && info.st_uid != ::geteuid();
    if (is_open_to_all || is_foreign) {
        return fail(Code::permission,
                    "control socket: the directory " + directory.string() +
                        (is_foreign ? " belongs to another user" : " may be written by everybody") +
                        "; choose another with host.control");
    }
    return {};
}

bool is_answered(const sockaddr_un& address) {
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return probe.is_open() &&
           (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
            errno == EAGAIN);
}

}  // namespace

Listener::Listener(UniqueFd fd, UniqueFd lock, std::filesystem::path path)
    : fd_(std::move(fd)), lock_(std::move(lock)), path_(std::move(path)) {}

Listener::~Listener() {
    if (fd_) ::unlink(path_.c_str());
}

Result<Listener> Listener::open(const std::filesystem::path& path, std::optional<gid_t> group) {
    const auto address = address_of(path);
    if (!address) return tl::unexpected(address.error());
    if (auto prepared = prepare_directory(path.parent_path(), group); !prepared)
        return tl::unexpected(prepared.error());

    const std::string lock_path = path.string() + ".lock";
    UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock) return fail_errno("control socket: open " + lock_path, errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 || is_answered(*address)) {
        return fail(Code::unavailable,
                    "another host answers at " + path.string() +
                        "; stop it with `berth stop`, or give this one its own host.control");
    }
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) {
        if (!S_ISSOCK(info.st_mode)) {
            return fail(Code::invalid, "control socket: " + path.string() + " is there and is not a socket");
        }
        ::unlink(path.c_str());  // Left behind by a host that died: nobody answers and the lock is ours.
    }
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fail_errno("control socket", errno);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
        return fail_errno("control socket: bind " + path.string(), errno);
    }
    Listener listener(std::move(fd), std::move(lock), path);
    // Nobody can connect before listen(), so the mode is right from the first moment.
    if (::chmod(path.c_str(), socket_mode) != 0)
        return fail_errno("control socket: chmod " + path.string(), errno);
    if (group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
        return fail_errno("control socket: chown " + path.string(), errno);
    }
    if (::listen(listener.fd(), backlog) != 0) return fail_errno("control socket: listen", errno);
    return listener;
}

Result<Peer> peer_of(int fd) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return fail_errno("peer credentials", errno);
    return Peer{.uid = credentials.uid, .gid = credentials.gid, .pid = credentials.pid};
}

bool is_allowed(int fd, const Peer& peer, std::optional<gid_t> group) {
    if (peer.uid == 0 || peer.uid == ::geteuid()) return true;
    if (!group) return false;
    if (peer.gid == *group) return true;
    socklen_t size = 0;  // The first call says how much room the groups need.
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size) == 0 || errno != ERANGE) return false;
    std::vector<gid_t> groups(size / sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return false;
    return std::find(groups.begin(), groups.end(), *group) != groups.end();
}

}  // namespace berth::host::control
