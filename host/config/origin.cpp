// SPDX-License-Identifier: MIT
#include "config/origin.hpp"

namespace berth::host::config {

std::string Origin::text() const {
    switch (kind) {
        case Kind::built_in:
            return "default";
        case Kind::file:
            if (line == 0) return name;
            return name + ":" + std::to_string(line) + ":" + std::to_string(column);
        case Kind::environment:
            return "environment " + name;
        case Kind::command_line:
            return "command line " + name;
    }
    return "default";
}

std::string Diagnostic::text() const {
    return where.text() + ": " + (key.empty() ? "" : key + ": ") + message;
}

std::string Diagnostics::text() const {
    std::string lines;
    for (const Diagnostic& diagnostic : all) lines += diagnostic.text() + "\n";
    return lines;
}

Error Diagnostics::error() const {
    std::string lines = text();
    if (!lines.empty()) lines.pop_back();
    return {Code::invalid, std::move(lines)};
}

}  // namespace berth::host::config
