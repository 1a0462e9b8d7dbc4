// SPDX-License-Identifier: MIT
#include "supervisor/replace_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/unique_fd.hpp"

namespace berth::host::supervisor {
namespace {

Result<void> write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno("write", errno);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

Result<void> replace_file(const std::filesystem::path& file, const std::string& text) {
    std::string temporary = file.string() + ".XXXXXX";
    const UniqueFd target(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!target) return fail_errno("make " + temporary, errno);
    auto written = [&]() -> Result<void> {
        BERTH_TRY(write_all(target.get(), text));
        if (::fsync(target.get()) != 0) return fail_errno("write", errno);
        if (::rename(temporary.c_str(), file.c_str()) != 0) return fail_errno("rename", errno);
        return {};
    }();
    if (!written) {
        ::unlink(temporary.c_str());
        return fail(file.string() + ": ", std::move(written).error());
    }
    const UniqueFd directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) return fail_errno("write " + file.parent_path().string(), errno);
    return {};
}

}  // namespace berth::host::supervisor
