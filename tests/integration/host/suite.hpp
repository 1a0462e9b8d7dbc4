// SPDX-License-Identifier: MIT
/// What the scenarios are written with: both isolations, and the fixture project `witness`.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "support/test_host.hpp"

namespace berth::test {

/// Each test twice: a project in its own process, and in the gateway's.
class BothIsolations : public testing::TestWithParam<std::string> {
protected:
    /// Options of a host with this test's isolation.
    [[nodiscard]] static HostOptions with(std::vector<std::filesystem::path> projects,
                                          std::string more = {}) {
        HostOptions options;
        options.isolation = GetParam();
        options.projects = std::move(projects);
        options.more = std::move(more);
        return options;
    }
};

#define BERTH_BOTH_ISOLATIONS(Suite)                           \
    INSTANTIATE_TEST_SUITE_P(                                  \
        Isolations, Suite, testing::Values("process", "none"), \
        [](const testing::TestParamInfo<std::string>& isolation) { return isolation.param; })

/// What `witness` has written down, a line an event.
class Events {
public:
    /// Reads the file of that project now; no lines when it is not there.
    Events(const TestHost& host, std::string_view project = "witness");

    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    /// How many lines begin with that text.
    [[nodiscard]] std::size_t count(std::string_view beginning) const;
    /// Place of the first line that begins so; the number of lines when there is none.
    [[nodiscard]] std::size_t first(std::string_view beginning) const;
    /// Place of the last line that begins so, plus one; 0 when there is none.
    [[nodiscard]] std::size_t after_last(std::string_view beginning) const;
    /// The lines that begin so, without that beginning.
    [[nodiscard]] std::vector<std::string> rest(std::string_view beginning) const;

private:
    std::vector<std::string> lines_;
};

/// Sends a command to `witness` and returns the answer.
inline std::string ask(WsClient& client, std::string_view command, Deadline deadline = Deadline::usual()) {
    return client.says(command) ? client.hears(deadline) : "<could not send>";
}

}  // namespace berth::test
