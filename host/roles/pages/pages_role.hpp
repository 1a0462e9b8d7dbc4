// SPDX-License-Identifier: MIT
/// What the pages process is made of: a channel, a table of files, a view of the host, a server.
#pragma once

#include "base/unique_fd.hpp"

namespace berth::host::roles {

/// Waits for *configure* on the channel (host/pages/README.md), then serves until the channel ends or says
/// *stop*. Answers the exit code of the process: 0 ended as asked, 1 could not start.
int run_pages(UniqueFd channel);

/// `berth __pages`: the role over descriptor 3, its log in descriptor 4.
int run_pages_process();

}  // namespace berth::host::roles
