// SPDX-License-Identifier: MIT
#include "supervisor/lines.hpp"

#include <algorithm>

namespace berth::host::supervisor {

void Lines::add(std::string_view bytes, const std::function<void(std::string_view)>& line) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (!skipping_) {
            partial_.append(piece.substr(0, line_bytes_max_ - std::min(line_bytes_max_, partial_.size())));
            if (partial_.size() == line_bytes_max_ && end == std::string_view::npos) {
                line(partial_);
                partial_.clear();
                skipping_ = true;
            }
        }
        if (end == std::string_view::npos) continue;
        if (!skipping_) line(partial_);
        partial_.clear();
        skipping_ = false;
    }
}

void Lines::finish(const std::function<void(std::string_view)>& line) {
    if (!partial_.empty()) line(partial_);
    partial_.clear();
    skipping_ = false;
}

}  // namespace berth::host::supervisor
