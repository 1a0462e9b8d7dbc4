// SPDX-License-Identifier: MIT
/// What an I/O thread tells the gateway.
#pragma once

#include <cstdint>
#include <string>

namespace berth::host::gateway {

/// Calls come on the I/O thread, whose index they name.
class IoObserver {
public:
    virtual ~IoObserver() = default;
    virtual void on_violation(const std::string& project, std::uint64_t generation, const std::string& what) = 0;
    /// The worker of a generation that suspends its clients has none of that thread; said after each call that asks for it.
    virtual void on_suspended(const std::string& project, std::uint64_t generation, std::uint32_t thread) = 0;
    /// Nothing is left of a retiring generation on that thread; said after each call that asks for it.
    virtual void on_retired(const std::string& project, std::uint64_t generation, std::uint32_t thread) = 0;
};

}  // namespace berth::host::gateway
