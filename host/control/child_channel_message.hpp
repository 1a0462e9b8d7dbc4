// SPDX-License-Identifier: MIT
/// The message type of a ChildChannel; apart, so that its header needs no JSON definitions.
#pragma once

#include <nlohmann/json.hpp>

#include "control/child_channel.hpp"

namespace berth::host::control {

/// A message received: its JSON body and the descriptors that came with it.
struct ChildChannel::Message {
    nlohmann::json body;
    std::vector<UniqueFd> fds;
    bool is_bereft = false;  ///< this process had no room for its descriptors, and has none of them
};

}  // namespace berth::host::control
