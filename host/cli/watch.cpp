// SPDX-License-Identifier: MIT
#include "cli/watch.hpp"

#include <ostream>
#include <sstream>
#include <thread>
#include <vector>

namespace berth::host::cli {
namespace {

// ECMA-48: cursor to the upper left, erase the rest of the line, erase the rest of the screen.
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view end_of_line = "\x1b[K\n";
constexpr std::string_view clear_rest = "\x1b[J";

}  // namespace

std::string over_the_last(const std::string& picture, std::size_t height) {
    std::vector<std::string> lines;
    std::istringstream in(picture);
    for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
    // The cursor stands below the last line, which must not scroll the first one away.
    if (height > 1 && lines.size() > height - 1) {
        const std::size_t missing = lines.size() - (height - 2);
        lines.resize(height - 2);
        lines.push_back("… and " + std::to_string(missing) + " more");
    }
    std::string text(home);
    for (const auto& line : lines) text.append(line).append(end_of_line);
    return text.append(clear_rest);
}

int watch(Terminal& terminal, std::chrono::milliseconds every, const Draw& draw) {
    const auto& manners = terminal.manners();
    const bool is_in_place = manners.redraws && !manners.json;
    for (bool is_first = true;; is_first = false) {
        if (!is_first) std::this_thread::sleep_for(every);
        terminal.measure();
        std::ostringstream picture;
        if (const int code = draw(picture); code != exit_done) return code;
        if (is_in_place) {
            terminal.out() << over_the_last(picture.str(), manners.height);
        } else {
            terminal.out() << (is_first || manners.json ? "" : "\n") << picture.str();
        }
        terminal.out().flush();
        if (!terminal.out().good()) return exit_done;
    }
}

}  // namespace berth::host::cli
