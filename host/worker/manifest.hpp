// SPDX-License-Identifier: MIT
/// What a project's table says, read and checked.
#pragma once

#include <berth/berth.h>

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "worker/procedure.hpp"

namespace berth::host::worker {

/// Why a table is refused.
struct TableFault {
    std::string id;  ///< stable: "no-table", "table-size", "later-minor", "table-text", "project-name", "interval",
                     ///< "procedures"
    Error error;     ///< without a prefix: "needs ABI 1.3, this host provides 1.0; update the host"
};

/// A checked table. Members that the project's build did not know, or left out, are zero in `table`.
struct Manifest {
    std::string name;
    std::string version;
    std::uint32_t abi_minor = 0;  ///< required
    Milliseconds interval{0};     ///< from the annotation
    std::string interval_remark;  ///< what is odd about the annotation, and what to write; empty: nothing
    std::uint64_t flags = 0;
    Procedures procedures;
    berth_project table{};

    /// Reads what the entry returned. `stem`: the project's name if it declares none. Calls nothing of the table's.
    static tl::expected<Manifest, TableFault> judge(const berth_project* table, std::string_view stem);
    /// As above, without the fault's name.
    static Result<Manifest> read(const berth_project* table, std::string_view stem);
};

/// [a-z0-9][a-z0-9_-]{0,63} (DECISIONS: names and paths).
[[nodiscard]] bool is_project_name(std::string_view name);

}  // namespace berth::host::worker
