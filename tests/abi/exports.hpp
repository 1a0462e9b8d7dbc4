// SPDX-License-Identifier: MIT
/// The names that a library exports, as the binutils print them.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace berth::test {

/// Of an ELF library.
inline std::vector<std::string> exports_of_so(const std::string& file) {
    const Output symbols = run({"nm", "-D", "--defined-only", "--format=just-symbols", file});
    if (symbols.exit_code != 0) throw std::runtime_error(symbols.err);
    std::vector<std::string> names;
    std::istringstream lines(symbols.out);
    for (std::string line; std::getline(lines, line);) names.push_back(line);
    return names;
}

/// Of a DLL.
inline std::vector<std::string> exports_of_dll(const std::string& file) {
    const Output dump = run({"x86_64-w64-mingw32-objdump", "-p", file});
    if (dump.exit_code != 0) throw std::runtime_error(dump.err);
    std::vector<std::string> names;
    std::istringstream lines(dump.out.substr(dump.out.find("[Ordinal/Name Pointer] Table")));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && !line.empty()) names.push_back(line.substr(line.rfind(' ') + 1));
    return names;
}

}  // namespace berth::test
