// SPDX-License-Identifier: MIT
#include "log/limiter.hpp"

#include <gtest/gtest.h>

namespace berth::host::log {
namespace {

class LogLimiter : public testing::Test {
protected:
    static Record record(std::string message, int number = 0, std::string project = "chat") {
        Record r;
        r.level = Level::warning;
        r.message = std::move(message);
        r.project = std::move(project);
        r.fields = {{"n", std::to_string(number), true}};
        return r;
    }
    void say(const Record& r) { limiter_.pass(r, now_, out_); }
    [[nodiscard]] std::string repeated(std::size_t i) const {
        return written_[i].fields[0].key == "repeated" ? written_[i].fields[0].value : "";
    }

    TimePoint now_{std::chrono::hours(1)};
    std::vector<Record> written_;
    Limiter::Out out_ = [this](const Record& r) { written_.push_back(r); };
    Limiter limiter_;
};

TEST_F(LogLimiter, passes_ten_lines_a_second_of_one_message_and_counts_the_rest) {
    for (int i = 0; i < 422; ++i) say(record("client refused", i));

    EXPECT_EQ(written_.size(), 10u);
    EXPECT_EQ(limiter_.suppressed(), 412u);

    now_ += std::chrono::seconds(1);
    limiter_.flush(now_, out_);

    ASSERT_EQ(written_.size(), 11u);
    EXPECT_EQ(written_[10].message, "client refused");
    EXPECT_EQ(written_[10].project, "chat");
    EXPECT_EQ(written_[10].level, Level::warning);
    EXPECT_EQ(repeated(10), "412");
}

TEST_F(LogLimiter, passes_every_line_that_the_supervisor_says_at_info) {
    Record act;
    act.process = "supervisor";
    act.message = "control request";
    for (int i = 0; i < 300; ++i) say(act);

    EXPECT_EQ(written_.size(), 300u);
    EXPECT_EQ(limiter_.suppressed(), 0u);
}

TEST_F(LogLimiter, tells_the_count_before_the_next_line_of_the_key) {
    for (int i = 0; i < 12; ++i) say(record("client refused", i));
    now_ += std::chrono::seconds(2);

    say(record("client refused", 99));

    ASSERT_EQ(written_.size(), 12u);
    EXPECT_EQ(repeated(10), "2");
    EXPECT_EQ(written_[11].fields[0].value, "99");
}

TEST_F(LogLimiter, counts_equal_lines_from_the_second_on) {
    for (int i = 0; i < 5; ++i) say(record("same"));

    limiter_.flush(now_, out_, /*is_last=*/true);

    ASSERT_EQ(written_.size(), 2u);
    EXPECT_EQ(repeated(1), "4");
}

TEST_F(LogLimiter, keeps_keys_apart) {
    for (int i = 0; i < 20; ++i) {
        say(record("one", i, "chat"));
        say(record("two", i, "chat"));
        say(record("one", i, "echo"));
    }

    EXPECT_EQ(written_.size(), 30u);
}

TEST_F(LogLimiter, bounds_a_project_that_says_something_else_each_time) {
    for (int i = 0; i < 1000; ++i) say(record("line " + std::to_string(i)));
    say(record("host line", 0, ""));

    EXPECT_EQ(written_.size(), 101u);
    EXPECT_EQ(written_.back().message, "host line");
    limiter_.flush(now_ + std::chrono::seconds(1), out_);
    EXPECT_EQ(written_.back().message, "log lines of the project over its limit");
    EXPECT_EQ(written_.back().project, "chat");
}

TEST_F(LogLimiter, forgets_no_count_when_there_are_too_many_keys) {
    Limiter small({.per_key = 1, .per_project = 1'000'000, .keys_max = 4});
    for (int i = 0; i < 100; ++i) {
        small.pass(record("line " + std::to_string(i), 0), now_, out_);
        small.pass(record("line " + std::to_string(i), 1), now_, out_);
    }
    small.flush(now_, out_, /*is_last=*/true);

    std::size_t told = 0;
    for (const auto& r : written_) told += r.fields[0].key == "repeated" ? std::stoul(r.fields[0].value) : 0;
    EXPECT_EQ(told, 100u);
}

TEST_F(LogLimiter, lets_debug_lines_through_up_to_the_limit_of_the_project) {
    for (int i = 0; i < 50; ++i) {
        Record r = record("message", i);
        r.level = Level::debug;
        say(r);
    }

    EXPECT_EQ(written_.size(), 50u);
}

}  // namespace
}  // namespace berth::host::log
