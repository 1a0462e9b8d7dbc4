// SPDX-License-Identifier: MIT
#include "metrics/metrics.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

namespace berth::host::metrics {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json full() {
    return json::parse(R"({
        "ok":true,"ready":true,"started_at_ms":1795533034500,"version":"0.1.0",
        "gateway":{"state":"running","restarts":1,"connections":190,"clients":184,"clients_limit":10000,
                   "refused":{"address limit":3,"origin":2}},
        "projects":[{"name":"chat","state":"open","isolation":"process","generation":2,"clients":184,"clients_limit":10000,
                     "accepted":4000,"refused":{"blocked":1},"dropped_out":6,"messages_in":10,"messages_out":20,"bytes_in":100,"bytes_out":200,
                     "closes":{"1000":7,"1012":9},"restarts":2,"crashes":1,"backlog_bytes":512,"inbox_bytes":768,
                     "limits":{"connections":10000,"message_bytes":65536,"backlog_bytes":1048576,"inbox_total_bytes":67108864},
                     "service":{"interval_ms":20000,"runs":5,"missed":1,"last_ms":250},
                     "worker":{"contexts":185,"executors":8,"executors_limit":256,"busy":2,"handler_ms":30000,"queued":3,"events":1000,"events_us":2500000,"errors":4,
                               "databases":12,"databases_limit":200}},
                    {"name":"echo","state":"failed","service":null,"worker":null}],
        "log":{"records":100,"suppressed":412,"dropped":0}})");
}

TEST(Metrics, have_a_sample_for_every_figure_of_stats) {
    const std::string all = text(full());

    for (const char* sample : {"berth_build_info{version=\"0.1.0\"} 1",
                               "berth_ready 1",
                               "berth_start_time_seconds 1795533034.5",
                               "berth_gateway_state{state=\"running\"} 1",
                               "berth_gateway_restarts_total 1",
                               "berth_connections 190",
                               "berth_connections_limit 10000",
                               "berth_connections_refused_total{reason=\"address limit\"} 3",
                               "berth_project_state{project=\"chat\",state=\"open\"} 1",
                               "berth_project_state{project=\"chat\",state=\"failed\"} 0",
                               "berth_project_state{project=\"echo\",state=\"failed\"} 1",
                               "berth_clients{project=\"chat\"} 184",
                               "berth_clients_limit{project=\"chat\"} 10000",
                               "berth_clients_refused_total{project=\"chat\",reason=\"blocked\"} 1",
                               "berth_clients_closed_total{project=\"chat\",code=\"1012\"} 9",
                               "berth_messages_received_total{project=\"chat\"} 10",
                               "berth_messages_sent_total{project=\"chat\"} 20",
                               "berth_messages_dropped_total{project=\"chat\"} 6",
                               "berth_handler_limit_seconds{project=\"chat\"} 30",
                               "berth_received_bytes_total{project=\"chat\"} 100",
                               "berth_sent_bytes_total{project=\"chat\"} 200",
                               "berth_backlog_bytes{project=\"chat\"} 512",
                               "berth_backlog_limit_bytes{project=\"chat\"} 1048576",
                               "berth_inbox_bytes{project=\"chat\"} 768",
                               "berth_inbox_limit_bytes{project=\"chat\"} 67108864",
                               "berth_message_limit_bytes{project=\"chat\"} 65536",
                               "berth_service_interval_seconds{project=\"chat\"} 20",
                               "berth_service_last_run_seconds{project=\"chat\"} 0.25",
                               "berth_service_missed_total{project=\"chat\"} 1",
                               "berth_executors_busy{project=\"chat\"} 2",
                               "berth_executors_limit{project=\"chat\"} 256",
                               "berth_database_connections{project=\"chat\"} 12",
                               "berth_events_seconds_total{project=\"chat\"} 2.5",
                               "berth_event_errors_total{project=\"chat\"} 4",
                               "berth_log_suppressed_total 412"}) {
        EXPECT_THAT(all, HasSubstr(std::string(sample) + "\n"));
    }
    EXPECT_THAT(all, Not(HasSubstr("berth_contexts{project=\"echo\"}")));
}

TEST(Metrics, keep_to_the_conventions_of_their_names) {
    std::istringstream lines(text(full()));
    std::set<std::string> families;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) {
            std::istringstream words(line);
            std::string hash, keyword, name, type;
            words >> hash >> keyword >> name >> type;
            EXPECT_TRUE(families.insert(name).second) << name << " is declared twice";
            EXPECT_TRUE(name.starts_with("berth_")) << name;
            EXPECT_EQ(type == "counter", name.ends_with("_total")) << line;
        } else if (!line.starts_with("#")) {
            static const std::regex sample(
                R"(berth_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+)");
            EXPECT_TRUE(std::regex_match(line, sample)) << line;
            EXPECT_THAT(line, Not(HasSubstr("client=")));
        }
    }
    for (const auto& name : families) {
        EXPECT_TRUE(!name.ends_with("_limit") || families.contains(name.substr(0, name.size() - 6))) << name;
    }
}

TEST(Metrics, escape_what_a_hostile_name_would_break) {
    json stats = full();
    stats["gateway"]["refused"] = {{"a\"b\\c\nd", 1}};

    const std::string all = text(stats);

    EXPECT_THAT(all, HasSubstr(R"(berth_connections_refused_total{reason="a\"b\\c\nd"} 1)"));
}

TEST(Metrics, are_silent_about_what_a_host_does_not_say) {
    EXPECT_EQ(text(json()), "");
    EXPECT_EQ(text(json::array()), "");
    const std::string little = text({{"projects", {1, {{"name", 7}}, json::object()}}, {"gateway", "gone"}});
    EXPECT_THAT(little, HasSubstr("berth_ready 0"));
    EXPECT_THAT(little, Not(HasSubstr("berth_connections ")));
}

}  // namespace
}  // namespace berth::host::metrics
