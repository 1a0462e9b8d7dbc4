// SPDX-License-Identifier: MIT
/// The verbs, one file each; verbs.cpp puts them in order.
#pragma once

#include "cli/verb.hpp"

namespace berth::host::cli::verbs {

[[nodiscard]] Verb serve();
[[nodiscard]] Verb check();
[[nodiscard]] Verb config();
[[nodiscard]] Verb status();
[[nodiscard]] Verb top();
[[nodiscard]] Verb health();
[[nodiscard]] Verb logs();
[[nodiscard]] Verb stop();
[[nodiscard]] Verb drain();
[[nodiscard]] Verb projects();
[[nodiscard]] Verb service();
[[nodiscard]] Verb block();
[[nodiscard]] Verb open();
[[nodiscard]] Verb start();
[[nodiscard]] Verb reload();
[[nodiscard]] Verb deploy();
[[nodiscard]] Verb rollback();
[[nodiscard]] Verb add();
[[nodiscard]] Verb remove();
[[nodiscard]] Verb rescan();
[[nodiscard]] Verb clients();
[[nodiscard]] Verb disconnect();
[[nodiscard]] Verb send();
[[nodiscard]] Verb execute();
[[nodiscard]] Verb new_project();
[[nodiscard]] Verb doctor();
[[nodiscard]] Verb version();
/// Hidden ones, for packages and shells.
[[nodiscard]] std::vector<Verb> documents();
/// The hidden ones, with which the host starts its own processes.
[[nodiscard]] std::vector<Verb> internal();

}  // namespace berth::host::cli::verbs
