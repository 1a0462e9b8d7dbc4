// SPDX-License-Identifier: MIT
/// What ends a measurement: a server that did not do what it must, or a machine that cannot.
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace berth::bench {

struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Throws with what `errno` says when `ok` is false.
inline void demand(bool ok, const char* what) {
    if (!ok) throw Failure(std::string(what) + ": " + std::system_category().message(errno));
}

}  // namespace berth::bench
