// SPDX-License-Identifier: MIT
/// The host under chaos, and what all rows ask of it.
#pragma once

#include "integration/chaos/crowd.hpp"
#include "integration/host/suite.hpp"

namespace berth::test {

/// A host whose restart policy is set aside, plain.
inline HostOptions chaos_options(std::vector<std::filesystem::path> projects) {
    HostOptions options;
    options.projects = std::move(projects);
    options.environment = {{"BERTH_CHAOS", "no-restart-delay no-rapid-fail"}};
    options.tls = false;
    return options;
}

inline void expect_nothing_amiss(const Account& account) {
    EXPECT_EQ(account.lost, 0u);
    EXPECT_EQ(account.duplicated, 0u);
    EXPECT_EQ(account.reordered, 0u);
    EXPECT_EQ(account.disconnected, 0u);
    EXPECT_EQ(account.unanswered, 0u);
}

/// What `survivor` has written down.
inline std::string ledger_of(const TestHost& host, std::string_view project) {
    return read_file(host.state() / project / "ledger");
}

}  // namespace berth::test
