// SPDX-License-Identifier: MIT
#include "roles/probe/probe.hpp"

#include <iostream>
#include <tuple>

#include "base/log.hpp"
#include "roles/confinement/confinement.hpp"
#include "roles/worker/messages.hpp"
#include "worker/loading.hpp"

namespace berth::host::roles {

int run_probe(const std::filesystem::path& library, const std::string& name) {
    // Standard output is the answer's, and standard error the sentence's.
    log::set_level(log::Level::warning);
    const std::string project = name.empty() ? library.stem().string() : name;
    const auto manifest = worker::read_project(library, project);
    if (!manifest) {
        std::cerr << manifest.error().message << '\n';
        return 1;
    }
    auto description = json_of(worker::description_of(*manifest));
    if (!manifest->interval_remark.empty()) description["remark"] = manifest->interval_remark;
    std::cout << description.dump() << std::endl;
    return 0;
}

int run_probe_process(const std::filesystem::path& library, const std::string& name) {
    let_others_look(false);
    // The library's constructors run now; what they lack is said by what they do about it.
    std::ignore = confine(Confined::project);
    return run_probe(library, name);
}

}  // namespace berth::host::roles
