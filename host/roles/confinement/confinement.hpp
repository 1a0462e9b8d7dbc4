// SPDX-License-Identifier: MIT
/// What a process of the host gives up for good, before it meets foreign code or foreign bytes (RELIABILITY §4.1).
#pragma once

#include <cstddef>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"

namespace berth::host::roles {

/// Whose habits a confinement fits.
enum class Confined {
    project,  ///< runs a project: threads, files and sockets, but no processes and no tracing
    gateway,  ///< serves clients: nor opens sockets, nor writes files, nor ends other processes
    pages     ///< serves people and scrapers: as the gateway
};

/// Whether this program can be confined: a sanitizer starts processes and looks at memory in its own ways.
[[nodiscard]] bool can_confine();

/// For all threads of this process and for ever: no new privileges, and what is denied fails with EPERM (clone3 with ENOSYS,
/// so that libraries take the older call, whose arguments can be looked at). Does nothing where `can_confine` says no.
/// @return an error when the kernel has no such filter; the process is then as it was, but for its privileges.
Result<void> confine(Confined whom);

/// As `configure` of a process with clients says it, "confined" and "confinement_required": what cannot be had is a warning,
/// or an error where it is required. `what` names the process.
Result<void> confine_as_configured(Confined whom, const nlohmann::json& configure, const char* what);

/// At most that many descriptors, if there are not fewer already. Does nothing where `can_confine` says no.
Result<void> bound_descriptors(std::size_t most);

}  // namespace berth::host::roles
