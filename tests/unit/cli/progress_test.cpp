// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <gmock/gmock.h>

#include <sstream>
#include <thread>

namespace berth::host::cli {
namespace {

using namespace std::chrono_literals;

/// A stream that says when somebody has written to it.
class Watched final : public std::stringbuf {
public:
    [[nodiscard]] bool is_written() const { return is_written_; }

private:
    int sync() override {
        is_written_ = true;
        return 0;
    }
    std::atomic<bool> is_written_{false};
};

TEST(Progress, says_what_is_waited_for_and_takes_it_back) {
    std::istringstream in;
    std::ostringstream out;
    Watched buffer;
    std::ostream err(&buffer);
    Terminal terminal(in, out, err, {.has_progress = true});
    {
        const Progress progress(terminal, "stopping chat", 0ms);
        while (!buffer.is_written()) std::this_thread::yield();
    }

    EXPECT_THAT(buffer.str(), testing::StartsWith("\r\x1b[Kberth: stopping chat, 0 ms"));
    EXPECT_THAT(buffer.str(), testing::EndsWith("\r\x1b[K"));
    EXPECT_EQ(out.str(), "");
}

TEST(Progress, says_what_has_become_of_it) {
    std::istringstream in;
    std::ostringstream out;
    Watched buffer;
    std::ostream err(&buffer);
    Terminal terminal(in, out, err, {.has_progress = true});
    {
        Progress progress(terminal, "looking at the first", 10ms);
        progress.says("looking at the second");
        while (!buffer.is_written()) std::this_thread::yield();
    }

    EXPECT_THAT(buffer.str(), testing::HasSubstr("looking at the second, 10 ms"));
}

TEST(Progress, says_nothing_where_it_cannot_be_taken_back_or_before_its_time) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Terminal plain(in, out, err, {});
    { const Progress progress(plain, "stopping chat", 0ms); }
    Terminal capable(in, out, err, {.has_progress = true});
    { const Progress progress(capable, "stopping chat", 1h); }

    EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace berth::host::cli
