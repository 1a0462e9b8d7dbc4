// SPDX-License-Identifier: MIT
#include "config/child_user.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace berth::host::config {
namespace {

namespace fs = std::filesystem;

/// Files are seen as that user sees them from now on. The kernel keeps this for each thread; the library's own functions
/// would change all of them.
void see_as(const ChildUser& user) {
    ::syscall(SYS_setgroups, 0, nullptr);
    ::syscall(SYS_setfsgid, user.gid);
    ::syscall(SYS_setfsuid, user.uid);
}

bool is_closed(const fs::path& directory) {
    struct stat status {};
    return ::stat((directory / ".").c_str(), &status) != 0 && errno == EACCES;
}

bool is_unreadable(const fs::path& directory) {
    return !UniqueFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) && errno == EACCES;
}

}  // namespace

Result<std::optional<ChildUser>> child_user(const std::string& configured) {
    if (::geteuid() != 0) return std::nullopt;
    const std::vector<std::string> names =
        configured.empty() ? std::vector<std::string>{"berth", "nobody"} : std::vector<std::string>{configured};
    for (const std::string& name : names) {
        if (name == "root") return std::nullopt;
        if (const passwd* const entry = ::getpwnam(name.c_str())) return ChildUser{entry->pw_uid, entry->pw_gid, name};
    }
    return fail(Code::not_found, "host.user: there is no user " + names.front() + " on this machine; make it or name another");
}

std::optional<fs::path> closed_to(const ChildUser& user, const fs::path& path, bool reads) {
    std::error_code error;
    fs::path real = fs::weakly_canonical(path, error);  // Links are followed: what is closed may be elsewhere.
    if (error) real = path.lexically_normal();
    std::optional<fs::path> closed;
    std::thread([&] {
        see_as(user);
        fs::path passed;
        for (const fs::path& part : real) {
            passed /= part;
            if (!is_closed(passed)) continue;
            closed = passed;
            return;
        }
        if (reads && is_unreadable(real)) closed = real;
    }).join();
    return closed;
}

}  // namespace berth::host::config
