// SPDX-License-Identifier: MIT
/// What a trial says of the calls that its witness has seen.
#pragma once

#include <vector>

#include "elf/finding.hpp"
#include "roles/doctor/trial_witness.hpp"

namespace berth::host::roles {

/// Events that failed, with what the host does then, events that took long, and calls out of their order.
[[nodiscard]] std::vector<elf::Finding> remarks_on(const TrialWitness& witness);

}  // namespace berth::host::roles
