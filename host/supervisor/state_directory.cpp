// SPDX-License-Identifier: MIT
#include "supervisor/state_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace berth::host::supervisor {
namespace {

Result<void> make_directory(const std::filesystem::path& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) == 0) {
        // The umask may have taken bits away that the children's user needs.
        if (::chmod(path.c_str(), mode) != 0) return fail_errno("open the directory " + path.string(), errno);
        return {};
    }
    const int error_number = errno;
    struct stat status {};
    if (error_number == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
    if (error_number == EEXIST) return fail(Code::invalid, path.string() + " is not a directory");
    return fail_errno("make the directory " + path.string(), error_number);
}

/// The directory and what is missing of the way to it.
Result<void> make_way(const std::filesystem::path& path, mode_t mode) {
    std::error_code ignored;  // What is in the way is said by the line below.
    if (path.has_relative_path() && !std::filesystem::exists(path.parent_path(), ignored)) {
        BERTH_TRY(make_way(path.parent_path(), mode));
    }
    return make_directory(path, mode);
}

std::string holder_of(int lock) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(lock, text.data(), text.size(), 0);
    int pid = 0;
    if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc{}) return "another host";
    return "another host (process " + std::to_string(pid) + ")";
}

Result<void> take_lock(const std::filesystem::path& path, int lock) {
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return fail_errno("lock " + (path / "lock").string(), errno);
    return fail(Code::unavailable, "state directory " + path.string() + ": " + holder_of(lock) +
                                       " uses it; stop that one, or give this one its own host.state");
}

}  // namespace

Result<void> StateDirectory::check_free(const std::filesystem::path& path) {
    const UniqueFd lock(::open((path / "lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!lock) return {};  // Nobody's yet, or `open` says what is wrong with it.
    return take_lock(path, lock.get());
}

Result<StateDirectory> StateDirectory::open(const std::filesystem::path& path) {
    BERTH_TRY(make_way(path, 0755));
    const auto lock_path = path / "lock";
    UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!lock) return fail_errno("open " + lock_path.string(), errno);
    BERTH_TRY(take_lock(path, lock.get()));
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.get(), 0) != 0 || ::pwrite(lock.get(), pid.data(), pid.size(), 0) < 0) {
        return fail_errno("write " + lock_path.string(), errno);
    }
    StateDirectory directory(path, std::move(lock));
    // Workers read from it; nobody but this user writes.
    BERTH_TRY(make_directory(directory.staging(), 0755));
    return directory;
}

Result<std::filesystem::path> StateDirectory::data_of(const std::string& project, const std::optional<User>& user) const {
    auto data = path_ / project;
    BERTH_TRY(make_directory(data, 0750));
    if (user && ::chown(data.c_str(), user->uid, user->gid) != 0) {
        return fail_errno("give " + data.string() + " to the user " + user->name, errno);
    }
    return data;
}

}  // namespace berth::host::supervisor
