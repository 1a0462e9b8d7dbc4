// SPDX-License-Identifier: MIT
#include "log/ring.hpp"

#include <gtest/gtest.h>

namespace berth::host::log {
namespace {

Record record(std::int64_t time_ms, std::string project = "", Level level = Level::info) {
    Record r;
    r.time_ms = time_ms;
    r.project = std::move(project);
    r.level = level;
    r.message = "m";
    return r;
}

TEST(LogRing, keeps_the_newest) {
    Ring ring(3);
    for (int i = 1; i <= 5; ++i) ring.push(record(i));

    const auto last = ring.last({}, 10);

    ASSERT_EQ(last.size(), 3u);
    EXPECT_EQ(last.front().time_ms, 3);
    EXPECT_EQ(last.back().time_ms, 5);
}

TEST(LogRing, is_bounded_in_bytes_too) {
    Ring ring(10'000, 64u << 10);
    for (int i = 0; i < 1000; ++i) {
        Record r = record(i);
        r.message = std::string(4096, 'x');
        ring.push(r);
    }

    EXPECT_LE(ring.size(), 16u);
    EXPECT_EQ(ring.last({}, 1).at(0).time_ms, 999);
}

TEST(LogRing, filters_by_project_level_and_time) {
    Ring ring;
    ring.push(record(1, "chat", Level::debug));
    ring.push(record(2, "chat", Level::warning));
    ring.push(record(3, "echo", Level::error));
    ring.push(record(4, "chat", Level::info));

    EXPECT_EQ(ring.last({}, 10).size(), 3u);
    EXPECT_EQ(ring.last({.project = "chat", .level = Level::debug, .since_ms = {}}, 10).size(), 3u);
    EXPECT_EQ(ring.last({.project = "", .level = Level::warning, .since_ms = {}}, 10).size(), 2u);
    EXPECT_EQ(ring.last({.project = "chat", .level = Level::info, .since_ms = 3}, 10).size(), 1u);
    EXPECT_EQ(ring.last({}, 1).at(0).time_ms, 4);
}

TEST(LogRing, calls_readers_with_what_their_filter_accepts_until_they_leave) {
    Ring ring;
    std::vector<std::int64_t> heard;
    Ring::ReaderId id = 0;
    id = ring.follow({.project = "chat", .level = Level::info, .since_ms = {}}, [&](const Record& r) {
        heard.push_back(r.time_ms);
        if (r.time_ms == 3) ring.forget(id);
    });

    ring.push(record(1, "chat"));
    ring.push(record(2, "echo"));
    ring.push(record(3, "chat"));
    ring.push(record(4, "chat"));

    EXPECT_EQ(heard, (std::vector<std::int64_t>{1, 3}));
    EXPECT_EQ(ring.readers(), 0u);
}

TEST(LogRing, lets_a_reader_log_and_forget_another) {
    Ring ring;
    int first_calls = 0;
    int second_calls = 0;
    Ring::ReaderId second = 0;
    ring.follow({}, [&](const Record& r) {
        if (++first_calls == 1) ring.push(record(r.time_ms + 1));
        ring.forget(second);
    });
    second = ring.follow({}, [&](const Record&) { ++second_calls; });

    ring.push(record(1));

    EXPECT_EQ(first_calls, 2);
    EXPECT_EQ(second_calls, 0);
}

}  // namespace
}  // namespace berth::host::log
