// SPDX-License-Identifier: MIT
#include "integration/host/suite.hpp"

#include <algorithm>
#include <sstream>

namespace berth::test {

namespace {

/// The file `events` somewhere below the project's own part of the state directory.
std::filesystem::path find_events(const TestHost& host, std::string_view project) {
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{host.state() / project, error})
        if (entry.path().filename() == "events") return entry.path();
    return {};
}

}  // namespace

Events::Events(const TestHost& host, std::string_view project) {
    std::istringstream in{read_file(find_events(host, project))};
    for (std::string line; std::getline(in, line);) lines_.push_back(line);
}

std::size_t Events::count(std::string_view beginning) const {
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [&](const auto& line) { return line.starts_with(beginning); }));
}

std::size_t Events::first(std::string_view beginning) const {
    const auto found = std::find_if(lines_.begin(), lines_.end(),
                                    [&](const auto& line) { return line.starts_with(beginning); });
    return static_cast<std::size_t>(found - lines_.begin());
}

std::size_t Events::after_last(std::string_view beginning) const {
    for (std::size_t at = lines_.size(); at > 0; --at)
        if (lines_[at - 1].starts_with(beginning)) return at;
    return 0;
}

std::vector<std::string> Events::rest(std::string_view beginning) const {
    std::vector<std::string> found;
    for (const auto& line : lines_)
        if (line.starts_with(beginning)) found.push_back(line.substr(beginning.size()));
    return found;
}

}  // namespace berth::test
