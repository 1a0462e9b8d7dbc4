// SPDX-License-Identifier: MIT
/// Giving memory back.
#pragma once

namespace berth::host {

/// Empties a container so that it owns no memory. `container = {}` does not: it is an assignment from an empty
/// list, which keeps the capacity.
template <class Container>
void free_memory(Container& container) {
    Container().swap(container);
}

}  // namespace berth::host
