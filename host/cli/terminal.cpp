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

std::size_t width_of(int fd) {
    if (::isatty(fd) != 1) return 0;
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char* columns = std::getenv("COLUMNS");
    return columns == nullptr ? 80 : static_cast<std::size_t>(parse_count(columns).value_or(80));
}

}  // namespace

Terminal Terminal::standard(bool json, bool quiet) {
    return Terminal(std::cin, std::cout, std::cerr,
                    {.json = json,
                     .quiet = quiet,
                     .colour = log::wants_colour(STDOUT_FILENO),
                     .width = width_of(STDOUT_FILENO),
                     .can_ask = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1});
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
