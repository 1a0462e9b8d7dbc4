// SPDX-License-Identifier: MIT
#include "supervisor/worker_bounds.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace berth::host::supervisor {

TEST(ProcessUsage, counts_threads_and_memory_of_a_process) {
    std::thread([] {}).join();  // A sanitizer adds a thread of its own to the first.
    const auto before = usage_of(::getpid());
    ASSERT_TRUE(before);
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::vector<std::thread> threads;
    for (int i = 0; i < 5; ++i) threads.emplace_back([&mutex] { const std::lock_guard wait(mutex); });
    const std::vector<char> memory(32u << 20, 'x');

    const auto after = usage_of(::getpid());

    EXPECT_EQ(after->threads, before->threads + 5);
    EXPECT_GE(after->memory_bytes, before->memory_bytes + (30u << 20));
    lock.unlock();
    for (auto& thread : threads) thread.join();
}

TEST(ProcessUsage, of_a_process_that_has_ended_is_nothing) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);

    EXPECT_FALSE(usage_of(child));
}

TEST(Tasks, of_a_worker_are_its_executors_and_32_unless_configured) {
    config::Limits limits;
    EXPECT_EQ(tasks_of(limits), 256u + 32u);
    limits.tasks = 40;
    EXPECT_EQ(tasks_of(limits), 40u);
}

}  // namespace berth::host::supervisor
