// SPDX-License-Identifier: MIT
#include "base/unique_fd.hpp"

#include <unistd.h>

namespace berth::host {

void UniqueFd::reset(int fd) {
    // close() is not repeated on EINTR: on Linux the descriptor is gone either way.
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

}  // namespace berth::host
