// SPDX-License-Identifier: MIT
#include "supervisor/staging.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.hpp"
#include "supervisor/scan.hpp"
#include "supervisor/sha256.hpp"

namespace berth::host::supervisor {
namespace {

constexpr std::int64_t library_bytes_max = std::int64_t{1} << 30;

std::string octal(mode_t mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
    return text.data();
}

/// Whoever could change what is loaded runs code as the project's user.
Result<void> check_owner(const struct stat& status, const std::string& what) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
        return fail(Code::permission, what + " belongs to user " + std::to_string(status.st_uid) +
                                          ", who is neither root nor the host's own user; chown it");
    }
    const bool is_group_foreign = status.st_gid != ::getegid() && status.st_gid != 0;
    const bool is_sticky_directory = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    const mode_t others = S_IWOTH | (is_group_foreign ? mode_t{S_IWGRP} : mode_t{0});
    if ((status.st_mode & others) != 0 && !is_sticky_directory) {
        return fail(Code::permission, what + " may be written by others (mode " + octal(status.st_mode) +
                                          "); take that away with chmod go-w");
    }
    return {};
}

Result<void> check_file(const struct stat& status) {
    if (!S_ISREG(status.st_mode)) return fail(Code::invalid, "it is not a regular file");
    BERTH_TRY(check_owner(status, "it"));
    if (status.st_size == 0) return fail(Code::invalid, "it is empty");
    if (status.st_size > library_bytes_max) return fail(Code::invalid, "it has more than 1 GiB");
    return {};
}

Result<UniqueFd> open_checked(const std::filesystem::path& file) {
    const UniqueFd directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return fail_errno("open its directory", errno);
    struct stat status {};
    if (::fstat(directory.get(), &status) != 0) return fail_errno("look at its directory", errno);
    BERTH_TRY(check_owner(status, "its directory"));
    UniqueFd source(::openat(directory.get(), file.filename().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!source && errno == ELOOP) return fail(Code::invalid, "it is a symbolic link; put the file itself there");
    if (!source) return fail_errno("open it", errno);
    return source;
}

Result<std::string> copy(int source, int target) {
    Sha256 hash;
    std::array<char, 64u << 10> chunk;
    while (true) {
        const ssize_t size = ::read(source, chunk.data(), chunk.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail_errno("read it", errno);
        if (size == 0) break;
        hash.add({chunk.data(), static_cast<std::size_t>(size)});
        for (ssize_t done = 0; done < size;) {
            const ssize_t written = ::write(target, chunk.data() + done, static_cast<std::size_t>(size - done));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return fail_errno("write its private copy", errno);
            done += written;
        }
    }
    if (::fsync(target) != 0) return fail_errno("write its private copy", errno);
    return hash.finish();
}

Result<void> sync_directory(const std::filesystem::path& path) {
    const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) return fail_errno("write " + path.string(), errno);
    return {};
}

/// Moves the finished copy to its place; a copy that is there already is the same by its name.
Result<StagedLibrary> place(const std::filesystem::path& temporary, const std::filesystem::path& staging,
                            const std::filesystem::path& name, const std::string& sha256) {
    const auto folder = staging / sha256;
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return fail_errno("make " + folder.string(), errno);
    // Whatever the umask: workers, who may be another user, load from it.
    if (::chmod(folder.c_str(), 0755) != 0) return fail_errno("open " + folder.string(), errno);
    StagedLibrary staged{folder / name, sha256};
    if (::rename(temporary.c_str(), staged.path.c_str()) != 0) return fail_errno("place its private copy", errno);
    BERTH_TRY(sync_directory(folder));
    BERTH_TRY(sync_directory(staging));
    return staged;
}

}  // namespace

Result<StagedLibrary> stage(const std::filesystem::path& file, const std::filesystem::path& staging,
                            const std::string& name) {
    auto source = open_checked(file);
    if (!source) return tl::unexpected<Error>(std::move(source).error());
    struct stat before {};
    if (::fstat(source->get(), &before) != 0) return fail_errno("look at it", errno);
    BERTH_TRY(check_file(before));

    std::string temporary = (staging / ".copy-XXXXXX").string();
    const UniqueFd target(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!target) return fail_errno("make its private copy", errno);
    auto staged = [&]() -> Result<StagedLibrary> {
        auto sha256 = copy(source->get(), target.get());
        if (!sha256) return tl::unexpected<Error>(std::move(sha256).error());
        struct stat after {};
        if (::fstat(source->get(), &after) != 0) return fail_errno("look at it", errno);
        if (identity_of(after) != identity_of(before)) {
            return fail(Code::unavailable, "it changed while it was read");
        }
        if (::fchmod(target.get(), 0444) != 0) return fail_errno("make its private copy", errno);
        return place(temporary, staging, name.empty() ? file.filename() : std::filesystem::path(name + ".so"), *sha256);
    }();
    if (!staged) ::unlink(temporary.c_str());
    return staged;
}

void clear_staging(const std::filesystem::path& staging, const std::function<bool(const StagedLibrary&)>& is_kept) {
    std::error_code ignored;
    for (const auto& folder : std::filesystem::directory_iterator(staging, ignored)) {
        for (const auto& copy : std::filesystem::directory_iterator(folder.path(), ignored)) {
            if (!is_kept({copy.path(), folder.path().filename().string()})) std::filesystem::remove_all(copy.path(), ignored);
        }
        std::filesystem::remove(folder.path(), ignored);  // Fails while a copy is in it.
    }
}

void discard(const StagedLibrary& library) {
    std::error_code ignored;
    std::filesystem::remove(library.path, ignored);
    std::filesystem::remove(library.path.parent_path(), ignored);  // Fails while another name is in it.
}

}  // namespace berth::host::supervisor
