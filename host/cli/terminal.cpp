// SPDX-License-Identifier: MIT
#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/arguments.hpp"
#include "log/outputs.hpp"

namespace berth::host::cli {
namespace {

std::size_t variable_or(const char* name, std::size_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : static_cast<std::size_t>(parse_count(value).value_or(otherwise));
}

/// What the kernel knows of the terminal; what it does not know is 0.
winsize size_of(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0) size = {};
    return size;
}

/// Whether control sequences mean something there.
bool is_capable(int fd) {
    const char* terminal = std::getenv("TERM");
    return ::isatty(fd) == 1 && terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb";
}

}  // namespace

Terminal Terminal::standard(bool json, bool quiet) {
    Manners manners{.json = json,
                    .quiet = quiet,
                    .colour = log::wants_colour(STDOUT_FILENO),
                    .redraws = is_capable(STDOUT_FILENO),
                    .can_ask = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1,
                    .has_progress = is_capable(STDERR_FILENO) && !quiet};
    Terminal terminal(std::cin, std::cout, std::cerr, manners);
    terminal.is_on_terminal_ = ::isatty(STDOUT_FILENO) == 1;
    terminal.measure();
    return terminal;
}

void Terminal::measure() {
    if (!is_on_terminal_) return;
    const winsize size = size_of(STDOUT_FILENO);
    manners_.width = size.ws_col > 0 ? size.ws_col : variable_or("COLUMNS", 80);
    manners_.height = size.ws_row > 0 ? size.ws_row : variable_or("LINES", 24);
}

void Terminal::put(const nlohmann::json& data) {
    out_ << data.dump(manners_.width > 0 ? 2 : -1, ' ', false, nlohmann::json::error_handler_t::replace)
         << '\n';
}

void Terminal::say(std::string_view words) {
    if (!manners_.quiet) err_ << "berth: " << words << '\n';
}

int Terminal::fail(int code, std::string_view words) {
    out_.flush();
    err_ << "berth: " << words << '\n';
    return code;
}

bool Terminal::ask(std::string_view question) {
    if (!manners_.can_ask) return false;
    err_ << "berth: " << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(in_, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace berth::host::cli
