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
    if (::mkdir(path.c_str(), mode) == 0) return {};
    const int error_number = errno;
    struct stat status {};
    if (error_number == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
    if (error_number == EEXIST) return fail(Code::invalid, path.string() + " is not a directory");
    return fail_errno("make the directory " + path.string(), error_number);
}

std::string holder_of(int lock) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(lock, text.data(), text.size(), 0);
    int pid = 0;
    if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc{}) return "another host";
    return "another host (process " + std::to_string(pid) + ")";
}

}  // namespace

Result<StateDirectory> StateDirectory::open(const std::filesystem::path& path) {
    std::error_code ignored;
    std::filesystem::create_directories(path.parent_path(), ignored);  // The next line says what is wrong.
    BERTH_TRY(make_directory(path, 0755));
    const auto lock_path = path / "lock";
    UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!lock) return fail_errno("open " + lock_path.string(), errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fail_errno("lock " + lock_path.string(), errno);
        return fail(Code::unavailable, "state directory " + path.string() + ": " + holder_of(lock.get()) +
                                           " uses it; stop that one, or give this one its own host.state");
    }
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
