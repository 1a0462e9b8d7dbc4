// SPDX-License-Identifier: MIT
/// Applies layers (files, then overrides) to a Config, key by key.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/assign.hpp"
#include "config/config.hpp"
#include "config/tree.hpp"

namespace berth::host::config {

/// One file, or one override as a tree with a single leaf.
struct Layer {
    Source source;
    Table root;
};

/// Applies the layers in their order, the later winning; projects start from the general values that
/// result. What is wrong is noted; `config` is then of no use.
void apply(const std::vector<Layer>& layers, Config& config, Notes& notes);

}  // namespace berth::host::config
