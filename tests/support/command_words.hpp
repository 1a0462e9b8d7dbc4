// SPDX-License-Identifier: MIT
/// A command and its environment as exec and posix_spawn want them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"

extern char** environ;

namespace berth::test {

/// This process's environment with some variables more. Everything is allocated when it is made, so that nothing
/// needs to be between fork and exec.
class CommandWords {
public:
    CommandWords(const std::vector<std::string>& command, const Environment& more) : command_(command) {
        std::map<std::string, std::string> variables;
        for (char** entry = environ; *entry != nullptr; ++entry) {
            const std::string_view text{*entry};
            variables[std::string{text.substr(0, text.find('='))}] = text.substr(text.find('=') + 1);
        }
        for (const auto& [name, value] : more) variables[name] = value;
        for (const auto& [name, value] : variables) lines_.push_back(name + "=" + value);
        for (auto& line : lines_) environment_.push_back(line.data());
        environment_.push_back(nullptr);
        for (auto& argument : command_) arguments_.push_back(argument.data());
        arguments_.push_back(nullptr);
    }
    CommandWords(const CommandWords&) = delete;
    CommandWords& operator=(const CommandWords&) = delete;

    [[nodiscard]] char* const* arguments() const { return arguments_.data(); }
    [[nodiscard]] char* const* environment() const { return environment_.data(); }

private:
    std::vector<std::string> command_, lines_;
    std::vector<char*> arguments_, environment_;
};

}  // namespace berth::test
