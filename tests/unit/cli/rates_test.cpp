// SPDX-License-Identifier: MIT
#include "cli/rates.hpp"

#include <gtest/gtest.h>

namespace berth::host::cli {
namespace {

using nlohmann::json;

json stats(json project) {
    project["name"] = "chat";
    project["state"] = "open";
    return {{"version", "0.1.0"}, {"ready", true}, {"gateway", {{"clients_limit", 100}, {"connections", 3}}}, {"projects", {project}}};
}

TEST(Rates, are_what_was_counted_between_two_samples_a_second) {
    const json before = stats({{"messages_in", 100}, {"bytes_in", 1000}, {"worker", {{"events", 10}, {"events_us", 5000}, {"errors", 1}}}});
    const json after = stats({{"clients", 2},
                              {"messages_in", 150},
                              {"bytes_in", 1000},
                              {"backlog_bytes", 77},
                              {"worker", {{"events", 30}, {"events_us", 15'000}, {"errors", 2}, {"busy", 1}, {"queued", 4}}}});

    const json rates = rates_between(before, after, 2);

    EXPECT_EQ(rates["seconds"], 2);
    EXPECT_EQ(rates["clients"], 2);
    EXPECT_EQ(rates["clients_limit"], 100);
    const json& chat = rates["projects"][0];
    EXPECT_EQ(chat["messages_in_per_s"], 25);
    EXPECT_EQ(chat["bytes_in_per_s"], 0);
    EXPECT_EQ(chat["events_per_s"], 10);
    EXPECT_EQ(chat["errors_per_s"], 0.5);
    EXPECT_EQ(chat["event_ms"], 0.5) << "10 ms in 20 events";
    EXPECT_EQ(chat["busy"], 1);
    EXPECT_EQ(chat["queued"], 4);
    EXPECT_EQ(chat["backlog_bytes"], 77);
}

TEST(Rates, count_from_zero_what_was_started_anew) {
    const json rates = rates_between(stats({{"messages_in", 1000}, {"worker", {{"events", 1000}, {"events_us", 1}}}}),
                                     stats({{"messages_in", 10}, {"worker", {{"events", 4}, {"events_us", 4000}}}}), 1);
    EXPECT_EQ(rates["projects"][0]["messages_in_per_s"], 10);
    EXPECT_EQ(rates["projects"][0]["events_per_s"], 4);
}

TEST(Rates, of_a_project_that_is_new_or_without_a_process_are_none) {
    const json rates = rates_between({{"projects", json::array()}}, stats({{"messages_in", 1000}, {"worker", nullptr}}), 1);
    const json& chat = rates["projects"][0];
    EXPECT_EQ(chat["messages_in_per_s"], 0) << "nobody knows how long it took";
    EXPECT_EQ(chat["event_ms"], nullptr);
    EXPECT_EQ(chat["busy"], nullptr);
    EXPECT_EQ(rates_between(stats({}), stats({{"messages_in", 5}}), 0)["projects"][0]["messages_in_per_s"], 0);
}

}  // namespace
}  // namespace berth::host::cli
