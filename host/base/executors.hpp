// SPDX-License-Identifier: MIT
/// How many events of one project may run at the same time at all.
#pragma once

#include <cstdint>

namespace berth::host {

/// Most executors that a worker's pool may have: what runs is marked in a table of fixed size (link/slot_table.hpp).
inline constexpr std::uint32_t executors_max = 512;

}  // namespace berth::host
