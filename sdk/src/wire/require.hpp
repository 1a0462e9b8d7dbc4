// SPDX-License-Identifier: MIT
/// Contract checks of the wire layer, on in every build. Only callers can fail them, never bytes from a peer.
#pragma once

namespace berth::wire {

/// Prints what was expected and ends the process.
[[noreturn]] void broken_contract(const char* expected) noexcept;

/// Ends the process unless `holds`.
inline void require(bool holds, const char* expected) noexcept {
    if (!holds) broken_contract(expected);
}

}  // namespace berth::wire
