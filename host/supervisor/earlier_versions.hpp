// SPDX-License-Identifier: MIT
/// What a project ran before, and so can go back to.
#pragma once

#include <deque>

#include "supervisor/kept_versions.hpp"

namespace berth::host::supervisor {

/// The last three versions, newest first, and whether the project has gone back. [main thread]
class EarlierVersions {
public:
    /// After a start of the host the first of them is the one that ran when it ended.
    void know(Versions known);
    [[nodiscard]] const std::deque<Library>& all() const { return libraries_; }
    /// Another version runs than the one that was deployed last, and whose file is there.
    [[nodiscard]] bool has_gone_back() const { return !gone_back_from_.empty(); }
    /// What the project runs instead of that library, from which it has gone back; null: itself.
    [[nodiscard]] const Library* instead_of(const Library& library) const;
    /// The file is what runs.
    void file_is_current() { gone_back_from_.clear(); }

    /// `next` runs from now on, after `before` (null: nothing ran yet); answers what nobody goes back to any more, that version
    /// included where `is_roll_back`.
    [[nodiscard]] std::deque<Library> swapped(const Library* before, const Library& next, bool is_roll_back);
    /// With the one that runs now, to be kept.
    [[nodiscard]] Versions with(const Library& current) const;

private:
    std::deque<Library> libraries_;
    std::string gone_back_from_;  ///< Versions::gone_back_from
};

}  // namespace berth::host::supervisor
