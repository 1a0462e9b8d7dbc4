// SPDX-License-Identifier: MIT
#include "supervisor/earlier_versions.hpp"

namespace berth::host::supervisor {
namespace {

constexpr std::size_t versions_max = 3;

bool is_same(const Library& a, const Library& b) { return a.staged.sha256 == b.staged.sha256; }

}  // namespace

void EarlierVersions::know(Versions known) {
    libraries_ = std::move(known.libraries);
    gone_back_from_ = std::move(known.gone_back_from);
}

const Library* EarlierVersions::instead_of(const Library& library) const {
    return libraries_.empty() || library.staged.sha256 != gone_back_from_ ? nullptr : &libraries_.front();
}

std::deque<Library> EarlierVersions::swapped(const Library* before, const Library& next, bool is_roll_back) {
    std::deque<Library> gone;
    const bool ran_before_the_start = before == nullptr && !libraries_.empty() && is_same(libraries_.front(), next);
    if (is_roll_back) {
        // However far it goes back, the file is still the one that it began from.
        if (gone_back_from_.empty() && before != nullptr) gone_back_from_ = before->staged.sha256;
        if (before != nullptr) gone.push_back(*before);
    } else if (!ran_before_the_start) {
        gone_back_from_.clear();
    }
    // What was known from before the host's start may run again.
    if (is_roll_back || before == nullptr) std::erase_if(libraries_, [&](const Library& library) { return is_same(library, next); });
    if (before != nullptr && !is_roll_back) libraries_.push_front(*before);
    while (libraries_.size() > versions_max) {
        gone.push_back(std::move(libraries_.back()));
        libraries_.pop_back();
    }
    return gone;
}

Versions EarlierVersions::with(const Library& current) const {
    Versions versions{.libraries = libraries_, .gone_back_from = gone_back_from_};
    versions.libraries.push_front(current);
    return versions;
}

}  // namespace berth::host::supervisor
