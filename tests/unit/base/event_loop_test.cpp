// SPDX-License-Identifier: MIT
#include "base/event_loop.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace berth::host {
namespace {

using namespace std::chrono_literals;

struct Pipe {
    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
        read.reset(ends[0]);
        write.reset(ends[1]);
    }
    UniqueFd read;
    UniqueFd write;
};

std::unique_ptr<EventLoop> make_loop() { return std::move(*EventLoop::create()); }

TEST(EventLoop, calls_the_handler_of_a_descriptor_that_is_ready) {
    const auto loop = make_loop();
    const Pipe pipe;
    std::string heard;
    ASSERT_TRUE(loop->watch(pipe.read.get(), EPOLLIN, [&](std::uint32_t) {
        char c = 0;
        ASSERT_EQ(::read(pipe.read.get(), &c, 1), 1);
        heard += c;
        loop->stop();
    }));
    ASSERT_EQ(::write(pipe.write.get(), "x", 1), 1);

    loop->run();

    EXPECT_EQ(heard, "x");
}

TEST(EventLoop, calls_nothing_that_was_unwatched_by_a_handler_of_the_same_turn) {
    const auto loop = make_loop();
    const Pipe a;
    const Pipe b;
    int calls = 0;
    const auto handler = [&](std::uint32_t) {
        ++calls;
        loop->unwatch(a.read.get());
        loop->unwatch(b.read.get());
    };
    ASSERT_TRUE(loop->watch(a.read.get(), EPOLLIN, handler));
    ASSERT_TRUE(loop->watch(b.read.get(), EPOLLIN, handler));
    ASSERT_EQ(::write(a.write.get(), "x", 1), 1);
    ASSERT_EQ(::write(b.write.get(), "x", 1), 1);

    loop->run_once(1s);
    loop->run_once(0ms);

    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, runs_timers_in_the_order_in_which_they_are_due) {
    const auto loop = make_loop();
    std::string order;
    Timer late(*loop);
    Timer early(*loop);
    late.set(20ms, [&] {
        order += "b";
        loop->stop();
    });
    early.set(1ms, [&] { order += "a"; });

    loop->run();

    EXPECT_EQ(order, "ab");
    EXPECT_FALSE(late.is_set());
}

TEST(EventLoop, never_runs_a_timer_that_another_cancelled) {
    const auto loop = make_loop();
    bool ran = false;
    Timer second(*loop);
    Timer first(*loop);
    first.set(0ms, [&] { second.cancel(); });
    second.set(0ms, [&] { ran = true; });

    for (int i = 0; i < 3; ++i) loop->run_once(5ms);

    EXPECT_FALSE(ran);
}

TEST(EventLoop, lets_a_timer_be_destroyed_by_its_own_callback) {
    const auto loop = make_loop();
    auto timer = std::make_unique<Timer>(*loop);
    timer->set(0ms, [&] { timer.reset(); });

    for (int i = 0; i < 3 && timer; ++i) loop->run_once(5ms);

    EXPECT_EQ(timer, nullptr);
}

TEST(EventLoop, does_not_starve_descriptors_when_a_timer_sets_itself_again_at_once) {
    const auto loop = make_loop();
    int runs = 0;
    std::function<void()> again = [&] {
        ++runs;
        static_cast<void>(loop->after(0ms, again));
    };
    static_cast<void>(loop->after(0ms, again));

    loop->run_once(1s);

    EXPECT_EQ(runs, 1);
}

TEST(EventLoop, runs_what_another_thread_posts) {
    const auto loop = make_loop();
    std::thread::id ran_on;
    std::thread other([&] {
        loop->post([&] {
            ran_on = std::this_thread::get_id();
            loop->stop();
        });
    });

    loop->run();
    other.join();

    EXPECT_EQ(ran_on, std::this_thread::get_id());
}

}  // namespace
}  // namespace berth::host
