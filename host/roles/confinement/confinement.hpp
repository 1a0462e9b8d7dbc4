// SPDX-License-Identifier: MIT
/// What a process of the host gives up for good, before it meets foreign code or foreign bytes (RELIABILITY §4.1).
#pragma once

#include <cstddef>
#include <cstdint>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"

namespace berth::host::roles {

/// Whose habits a confinement fits.
enum class Confined {
    project,  ///< runs a project: threads, files and sockets, but no processes, no tracing, and no signals to others
    gateway,  ///< serves clients: nor opens sockets, nor writes files
    pages     ///< serves people and scrapers: as the gateway
};

/// Whether this program can be confined: a sanitizer starts processes and looks at memory in its own ways.
[[nodiscard]] bool can_confine();

/// For all threads of this process and for ever: no new privileges, and what is denied fails with EPERM (clone3 with ENOSYS,
/// so that libraries take the older call, whose arguments can be looked at). Does nothing where `can_confine` says no.
/// @return an error when the kernel has no such filter; the process is then as it was, but for its privileges.
Result<void> confine(Confined whom);

/// Whether other processes of the same user may trace this one, open its memory and its descriptors (/proc/PID/mem, /proc/PID/fd)
/// and set what the kernel keeps for it. They may in a program that has just begun; who has the privilege always may. Files of
/// /proc/self that only their owner may open (mem, environ, oom_score_adj) are closed to the process itself where others may
/// not look; everything else it sees of itself. Does nothing where `can_confine` says no: a sanitizer looks, too.
void let_others_look(bool may);

/// As `configure` of a process with clients says it, "confined" and "confinement_required": what cannot be had is a warning,
/// or an error where it is required. `what` names the process. Others may look at what is not to be confined: a debugger.
Result<void> confine_as_configured(Confined whom, const nlohmann::json& configure, const char* what);

/// At most that many descriptors, if there are not fewer already. Does nothing where `can_confine` says no.
Result<void> bound_descriptors(std::size_t most);

/// At most that much memory of its own, besides the stacks of `threads` threads, if there is not less already: what would need
/// more fails, an allocation with std::bad_alloc. Memory counts from when it may be written, touched or not. Does nothing where
/// `can_confine` says no: a sanitizer takes terabytes.
Result<void> bound_memory(std::uint64_t bytes, std::size_t threads);

/// When the machine has no memory left, the system ends this process before those that have not said so. What cannot be said
/// changes nothing.
void be_the_first_without_memory();

/// Of this process and all that it starts: files are made for their user alone. [no other thread makes files meanwhile]
void keep_files_private();

/// Of this process and all that it starts: crashes leave no cores.
Result<void> leave_no_cores();

}  // namespace berth::host::roles
