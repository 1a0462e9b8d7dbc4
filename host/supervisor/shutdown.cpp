// SPDX-License-Identifier: MIT
#include "supervisor/shutdown.hpp"

#include <algorithm>

namespace berth::host::supervisor {
namespace {

/// For what each step adds to its own limit.
constexpr Milliseconds slack{10'000};

}  // namespace

Milliseconds Shutdown::limit() const {
    Milliseconds longest{0};
    for (const Project* const project : everyone()) longest = std::max(longest, project->settings().limits.stop);
    return clients_limit_ + longest + slack;
}

void Shutdown::begin(std::function<void()> over) {
    over_ = std::move(over);
    parts_.projects.stop_looking();
    parts_.gateway.stop(clients_limit_, [this] { stop_projects(); });
}

std::vector<Project*> Shutdown::everyone() const {
    std::vector<Project*> list = parts_.projects.leaving();
    for (const auto& [name, project] : parts_.projects.all()) list.push_back(project.get());
    return list;
}

void Shutdown::stop_projects() {
    const std::vector<Project*> projects = everyone();
    waiting_ = projects.size() + 1;
    const auto one_over = [this] {
        if (--waiting_ == 0) end_gateway();
    };
    for (Project* const project : projects) project->stop(/*clients_are_gone=*/true, one_over);
    one_over();
}

void Shutdown::end_gateway() {
    // Workers that live in it have ended; it may go.
    parts_.gateway.end([this] {
        if (!pages_) return over_();
        pages_->stop([this] { over_(); });
    });
}

}  // namespace berth::host::supervisor
