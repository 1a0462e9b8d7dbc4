// SPDX-License-Identifier: MIT
/// The C interface as tests like it: owners, strings, and what came back as one text.
#pragma once

#include <berth/client.h>

#include <memory>
#include <string>
#include <string_view>

#include "integration/client/recorder.hpp"

namespace berth::test {

struct Release {
    void operator()(berth_client_connection* connection) const { berth_client_release(connection); }
};
using Connection = std::unique_ptr<berth_client_connection, Release>;

/// How long a step may take before the test has failed anyhow.
inline const std::int64_t patient_ms = 10000 * patience;

/// A connection, or none and why.
struct Attempt {
    Connection connection;
    berth_client_error error{};
};

inline Attempt connect_url(const std::string& url,
                           const berth_client_options& options = default_client_options()) {
    Attempt attempt;
    attempt.connection.reset(berth_client_connect_url(url.c_str(), &options, &attempt.error));
    return attempt;
}

inline Connection open_url(const std::string& url, Recorder& recorder,
                           const berth_client_options& options = default_client_options()) {
    const berth_client_events events = recorder.events();
    return Connection{berth_client_open_url(url.c_str(), &options, &events, nullptr)};
}

inline berth_client_status write_text(const Connection& to, std::string_view text,
                                      std::int64_t ms = patient_ms) {
    return berth_client_write_text(to.get(), text.data(), text.size(), ms);
}

inline berth_client_status write_buffer(const Connection& to, std::string_view bytes,
                                        std::int64_t ms = patient_ms) {
    return berth_client_write_buffer(to.get(), bytes.data(), bytes.size(), ms);
}

/// "text …", "buffer …", or "status N".
inline std::string read(const Connection& from, std::int64_t ms = patient_ms) {
    berth_client_message message{};
    const berth_client_status status = berth_client_read(from.get(), &message, ms);
    if (status != BERTH_CLIENT_OK) return "status " + std::to_string(status);
    std::string shown = message.kind == BERTH_CLIENT_TEXT ? "text " : "buffer ";
    shown.append(message.data, message.size);
    berth_client_message_free(&message);
    return shown;
}

/// Waits for the end; code 0 when it did not come.
inline berth_client_end wait_end(const Connection& of, std::int64_t ms = patient_ms) {
    berth_client_end end{};
    berth_client_wait(of.get(), &end, ms);
    return end;
}

/// "1000 reason clean", "1006 … error N".
inline std::string shown(const berth_client_end& end) {
    std::string text = std::to_string(end.code) + " " + end.reason;
    if (end.is_clean) text += " clean";
    if (end.error.status != BERTH_CLIENT_OK) text += " error " + std::to_string(end.error.status);
    return text;
}

}  // namespace berth::test
