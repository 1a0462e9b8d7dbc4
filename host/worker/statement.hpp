// SPDX-License-Identifier: MIT
/// The handle of a prepared statement in berth.db/1.
#pragma once

#include "db/connection.hpp"

namespace berth::host::worker {
class Context;
}

/// The opaque type of the ABI. Owned by its context, which ends it when the event ends at the latest.
struct berth_statement {
    berth::host::worker::Context* context = nullptr;
    berth::host::db::Statement* statement = nullptr;
};
