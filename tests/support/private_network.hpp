// SPDX-License-Identifier: MIT
/// A network of the test's own, in which it may have any address.
#pragma once

#include <string>

namespace berth::test {

/// Moves the calling thread, and those that it starts from now on, into a network namespace of its own with
/// the loopback interface and, on it, one more address. Ends with the process.
/// @return false when the system does not let this process do that
[[nodiscard]] bool enter_private_network(const std::string& address);

}  // namespace berth::test
