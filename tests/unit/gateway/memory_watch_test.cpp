// SPDX-License-Identifier: MIT
#include "gateway/memory_watch.hpp"

#include <gtest/gtest.h>

namespace berth::host::gateway {

using Step = MemoryWatch::Step;

TEST(MemoryWatch, takes_its_steps_at_75_85_and_95_percent_of_what_all_threads_hold) {
    MemoryWatch memory(1000, 2);
    const std::pair<std::uint64_t, Step> steps[] = {{0, Step::none},     {349, Step::none},         {350, Step::refuse},
                                                    {449, Step::refuse}, {450, Step::shed},         {549, Step::shed},
                                                    {550, Step::stop_reading}};
    memory.report(0, 400);
    for (const auto& [bytes, step] : steps) {
        memory.report(1, bytes);
        EXPECT_EQ(memory.step(), step) << bytes;
        EXPECT_EQ(memory.bytes(), 400 + bytes);
    }
}

TEST(MemoryWatch, asks_each_thread_for_its_share_of_what_is_too_much) {
    MemoryWatch memory(1000, 2);
    memory.report(0, 300);
    memory.report(1, 600);

    EXPECT_NEAR(static_cast<double>(memory.excess_of(300)), 50, 1);
    EXPECT_NEAR(static_cast<double>(memory.excess_of(600)), 100, 1);
    memory.report(1, 400);
    EXPECT_EQ(memory.excess_of(400), 0u);
}

TEST(MemoryWatch, without_a_limit_never_takes_a_step) {
    MemoryWatch memory(0, 1);
    memory.report(0, 1u << 30);

    EXPECT_EQ(memory.step(), Step::none);
}

}  // namespace berth::host::gateway
