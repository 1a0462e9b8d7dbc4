// SPDX-License-Identifier: MIT
/// The worker's messages as JSON, in both directions.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "worker/worker.hpp"

namespace berth::host::roles {

/// `init`, without its descriptors. An error names the member that is missing or wrong.
[[nodiscard]] Result<worker::WorkerSettings> settings_of(const nlohmann::json& init);

/// A client's id or 0, as decimal text.
[[nodiscard]] Result<ClientId> client_of(const nlohmann::json& message);
/// Parameters of `execute`: [{type, value}]; integers and clients as decimal text, buffers as base64. The types'
/// short names (int, bool) are the control protocol's.
[[nodiscard]] Result<std::vector<worker::Value>> arguments_of(const nlohmann::json& message);

/// The manifest, as in `loaded` and in what the probe prints.
[[nodiscard]] nlohmann::json json_of(const worker::Description& description);
[[nodiscard]] nlohmann::json json_of(const worker::ServiceFigures& figures);
[[nodiscard]] nlohmann::json json_of(const worker::Figures& figures, const worker::WorkerSettings& settings);

}  // namespace berth::host::roles
