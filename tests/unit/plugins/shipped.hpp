// SPDX-License-Identifier: MIT
/// What the tests of the shipped projects say beside berth/testing.hpp.
#pragma once

#include <berth/testing.hpp>
#include <nlohmann/json.hpp>
#include <vector>

namespace berth::test {

/// What a client was sent and has not taken yet, as JSON.
inline std::vector<nlohmann::json> heard_by(TestClient& client) {
    std::vector<nlohmann::json> messages;
    for (const auto& text : client.heard()) messages.push_back(nlohmann::json::parse(text));
    return messages;
}

}  // namespace berth::test
