// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <csignal>

#include "supervisor/crash_report.hpp"
#include "supervisor/exit_status.hpp"
#include "supervisor/json_values.hpp"
#include "supervisor/lines.hpp"
#include "supervisor/log_lines.hpp"
#include "supervisor/requests.hpp"
#include "supervisor/sha256.hpp"
#include "fakes.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ExitStatus, explains_codes_signals_and_who_sent_them) {
    EXPECT_EQ(in_words(ExitStatus{.code = 3}), "exited with code 3");
    EXPECT_EQ(in_words(ExitStatus{.signal = SIGSEGV}), "ended by SIGSEGV (segmentation fault)");
    EXPECT_EQ(in_words(ExitStatus{.signal = SIGABRT, .core_dumped = true}), "ended by SIGABRT (aborted), core dumped");
    EXPECT_EQ(in_words(ExitStatus{.signal = SIGKILL, .reason = "did not answer for 5 s"}),
              "did not answer for 5 s, ended by SIGKILL (killed)");
}

TEST(Lines, puts_pieces_together_and_keeps_an_unfinished_end_for_the_last_moment) {
    Lines lines{100};
    std::vector<std::string> heard;
    const auto hear = [&](std::string_view line) { heard.emplace_back(line); };

    lines.add("on", hear);
    lines.add("e\ntwo\n\nthr", hear);
    EXPECT_THAT(heard, ElementsAre("one", "two", ""));
    lines.finish(hear);

    EXPECT_EQ(heard.back(), "thr");
}

TEST(Lines, cuts_a_line_that_is_too_long_and_drops_its_rest) {
    Lines lines{4};
    std::vector<std::string> heard;
    const auto hear = [&](std::string_view line) { heard.emplace_back(line); };

    lines.add("abcdef", hear);
    lines.add("ghi\nxy\n", hear);

    EXPECT_THAT(heard, ElementsAre("abcd", "xy"));
}

TEST(LogLines, does_not_let_a_worker_speak_for_another_project) {
    const auto record = record_of_line(R"({"t":5,"l":"error","m":"hello","f":{"a":"b"},"project":"other","process":"gateway"})",
                                       {.process = "worker", .project = "chat", .generation = 7});

    EXPECT_EQ(record.project, "chat");
    EXPECT_EQ(record.process, "worker");
    EXPECT_EQ(record.generation, 7u);
    EXPECT_EQ(record.level, log::Level::error);
    EXPECT_EQ(record.time_ms, 5);
}

TEST(LogLines, keeps_what_is_no_record) {
    const auto record = record_of_line("garbage", {.process = "worker", .project = "chat"});

    EXPECT_EQ(record.message, "a line of the log pipe is not a record");
    EXPECT_THAT(record.fields, ElementsAre(log::Record::Field{"line", "garbage", false}));
}

TEST(LogLines, makes_a_printed_line_its_own_message) {
    const auto record = record_of_print("#0 main", true, {.process = "worker", .project = "chat"});

    EXPECT_EQ(record.message, "#0 main");
    EXPECT_EQ(record.level, log::Level::warning);
    EXPECT_EQ(record.project, "chat");
}

TEST(Sha256, hashes_pieces_as_the_whole) {
    Sha256 hash;
    hash.add("a");
    hash.add("bc");
    EXPECT_EQ(hash.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(JsonValues, reads_numbers_in_both_forms_and_nothing_else) {
    const nlohmann::json object{{"a", 5}, {"b", "-7"}, {"c", "7x"}, {"d", 1.5}, {"e", nullptr}};

    EXPECT_EQ(number_of(object, "a"), 5);
    EXPECT_EQ(number_of(object, "b"), -7);
    for (const char* key : {"c", "d", "e", "f"}) EXPECT_EQ(number_of(object, key, -1), -1) << key;
    EXPECT_EQ(number_of(nlohmann::json::array(), "a", 3), 3);
}

TEST(Requests, answers_each_request_with_its_own_reply_whatever_the_order) {
    test::FakeTimers timers;
    Requests requests{timers};
    std::vector<std::string> answers;
    nlohmann::json first, second;
    requests.add(first, 1s, "x", [&](auto reply) { answers.push_back("first " + (*reply)["v"].template get<std::string>()); });
    requests.add(second, 1s, "x", [&](auto reply) { answers.push_back("second " + (*reply)["v"].template get<std::string>()); });

    requests.reply({{"request", second["request"]}, {"v", "b"}});
    requests.reply({{"request", first["request"]}, {"v", "a"}});
    requests.reply({{"request", first["request"]}, {"v", "again"}});

    EXPECT_THAT(answers, ElementsAre("second b", "first a"));
}

TEST(Requests, says_who_did_not_answer_in_time) {
    test::FakeTimers timers;
    Requests requests{timers};
    nlohmann::json message;
    std::string error;
    requests.add(message, 2s, "the gateway", [&](auto reply) { error = reply.error().message; });

    timers.pass(2s);

    EXPECT_EQ(error, "the gateway did not answer within 2000 ms");
    EXPECT_EQ(requests.waiting(), 0u);
}

link::SlotTable::Running running(link::SlotEvent event, std::uint64_t client, std::uint32_t signal, bool in_project = true) {
    return {.slot = 0, .event = event, .client = ClientId{client}, .seq = 1, .started_ns = 0, .signal = signal, .thread = 1,
            .in_project = in_project};
}

TEST(CrashReport, names_the_marked_event_as_culprit_and_the_others_as_interrupted) {
    const auto report = report_of({running(link::SlotEvent::message, 5, SIGSEGV), running(link::SlotEvent::message, 6, 0),
                                   running(link::SlotEvent::global_service, 0, 0)}, Ending::by_a_signal);

    EXPECT_THAT(report.culprits, ElementsAre(CrashReport::Event{ClientId{5}, "message", 1}));
    EXPECT_EQ(report.interrupted.size(), 2u);
    EXPECT_TRUE(report.is_by_client());
}

TEST(CrashReport, takes_the_only_event_that_ran_for_the_culprit_even_unmarked) {
    const auto report = report_of({running(link::SlotEvent::message, 5, 0)}, Ending::unmarked);

    EXPECT_THAT(report.culprits, ElementsAre(CrashReport::Event{ClientId{5}, "message", 1}));
}

TEST(CrashReport, blames_nobody_for_a_signal_that_came_to_a_thread_without_an_event) {
    const auto report = report_of({running(link::SlotEvent::message, 5, 0)}, Ending::by_a_signal);

    EXPECT_THAT(report.culprits, IsEmpty());
    EXPECT_THAT(report.interrupted, ElementsAre(CrashReport::Event{ClientId{5}, "message", 1}));
    EXPECT_FALSE(report.is_by_client());
}

TEST(CrashReport, knows_which_deaths_leave_a_mark) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
        EXPECT_EQ(ending_of({.signal = signal}, /*is_ordered=*/false, /*has_marks=*/true), Ending::by_a_signal) << signal;
        EXPECT_EQ(ending_of({.signal = signal}, /*is_ordered=*/false, /*has_marks=*/false), Ending::unmarked) << signal;
    }
    EXPECT_EQ(ending_of({.signal = SIGKILL}, /*is_ordered=*/false, /*has_marks=*/true), Ending::unmarked);
    EXPECT_EQ(ending_of({.code = 3}, /*is_ordered=*/false, /*has_marks=*/true), Ending::unmarked);
    EXPECT_EQ(ending_of({.signal = SIGABRT}, /*is_ordered=*/true, /*has_marks=*/true), Ending::ordered);
}

TEST(CrashReport, blames_no_event_whose_handler_has_returned) {
    const auto report = report_of({running(link::SlotEvent::message, 5, 0, /*in_project=*/false)}, Ending::unmarked);

    EXPECT_THAT(report.culprits, IsEmpty());
    EXPECT_THAT(report.interrupted, ElementsAre(CrashReport::Event{ClientId{5}, "message", 1}));
}

TEST(CrashReport, takes_the_only_handler_that_ran_for_the_culprit_beside_one_that_has_returned) {
    const auto report = report_of({running(link::SlotEvent::message, 5, 0, /*in_project=*/false),
                                   running(link::SlotEvent::message, 6, 0)}, Ending::unmarked);

    EXPECT_THAT(report.culprits, ElementsAre(CrashReport::Event{ClientId{6}, "message", 1}));
    EXPECT_THAT(report.interrupted, ElementsAre(CrashReport::Event{ClientId{5}, "message", 1}));
}

TEST(CrashReport, blames_nobody_when_the_worker_was_ended_from_outside) {
    const auto report = report_of({running(link::SlotEvent::message, 5, 0)}, Ending::ordered);

    EXPECT_THAT(report.culprits, IsEmpty());
    EXPECT_FALSE(report.is_by_client());
}

TEST(CrashReport, counts_the_global_service_against_the_project) {
    EXPECT_FALSE(report_of({running(link::SlotEvent::global_service, 0, SIGABRT)}, Ending::by_a_signal).is_by_client());
}

}  // namespace
}  // namespace berth::host::supervisor
