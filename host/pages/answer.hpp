// SPDX-License-Identifier: MIT
/// What a request is answered with, before it becomes bytes.
#pragma once

#include <string>
#include <string_view>

namespace berth::host::pages {

/// Status, media type and body. The body is either owned or borrowed from the table of files, which outlives
/// every answer.
struct Answer {
    unsigned status = 200;
    std::string_view media_type = "text/plain; charset=utf-8";
    std::string owned{};
    std::string_view borrowed{};  ///< when not empty, it is the body
    std::string location{};       ///< of a redirection
    std::string_view allow{};     ///< of 405

    [[nodiscard]] std::string_view body() const {
        return borrowed.empty() ? std::string_view(owned) : borrowed;
    }
};

/// A short text with its status: "404 not found\n".
[[nodiscard]] inline Answer refusal(unsigned status, std::string_view words) {
    return {.status = status, .owned = std::to_string(status) + " " + std::string(words) + "\n"};
}

}  // namespace berth::host::pages
