// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "roles/probe/probe.hpp"
#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {

TEST(Probe, prints_the_manifest_as_one_line_of_json) {
    testing::internal::CaptureStdout();
    const int code = roles::run_probe(project_file("puppet"));
    const std::string output = testing::internal::GetCapturedStdout();

    EXPECT_EQ(code, 0);
    const auto manifest = nlohmann::json::parse(output);
    EXPECT_EQ(manifest["name"], "puppet");
    EXPECT_EQ(manifest["flags"], "0");
    EXPECT_EQ(manifest["procedures"].size(), 6u);
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1);
}

TEST(Probe, prints_what_is_odd_about_an_interval_without_a_unit) {
    testing::internal::CaptureStdout();
    ASSERT_EQ(roles::run_probe(project_file("wrong-bare_interval")), 0);

    const auto manifest = nlohmann::json::parse(testing::internal::GetCapturedStdout());
    EXPECT_EQ(manifest["interval_ms"], 20);
    EXPECT_EQ(manifest["remark"], "annotation \"<interval=20>\" is 20 ms; write the unit: <interval=20 s> or <interval=20 ms>");
}

TEST(Probe, prints_the_sentence_of_a_refusal_on_standard_error) {
    testing::internal::CaptureStderr();
    const int code = roles::run_probe(project_file("wrong-later_minor"), "chat");

    EXPECT_EQ(code, 1);
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "project chat: wrong-later_minor.so: needs ABI 1.3, this host provides 1.0; update the host\n");
}

}  // namespace berth::host::worker::test
