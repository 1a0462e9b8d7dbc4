// SPDX-License-Identifier: MIT
#include "cli/watch.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace berth::host::cli {
namespace {

using namespace std::chrono_literals;

struct Watched {
    std::string out;
    int code = 0;
};

/// Three pictures, then the end.
Watched three_pictures(Terminal::Manners manners) {
    std::istringstream in;
    std::ostringstream out, err;
    Terminal terminal(in, out, err, manners);
    int drawn = 0;
    const int code = watch(terminal, 0ms, [&](std::ostream& picture) {
        if (drawn == 3) return terminal.fail(exit_unavailable, "the host has gone");
        picture << "picture " << ++drawn << '\n';
        return int{exit_done};
    });
    return {out.str(), code};
}

TEST(Watching, shows_one_picture_after_the_other_until_it_cannot) {
    const Watched plain = three_pictures({});
    EXPECT_EQ(plain.code, 69);
    EXPECT_EQ(plain.out, "picture 1\n\npicture 2\n\npicture 3\n");
    EXPECT_EQ(three_pictures({.json = true, .redraws = true}).out, "picture 1\npicture 2\npicture 3\n") << "a document a line";
}

TEST(Watching, draws_over_the_last_picture_where_the_terminal_can) {
    EXPECT_EQ(three_pictures({.height = 24, .redraws = true}).out,
              "\x1b[Hpicture 1\x1b[K\n\x1b[J\x1b[Hpicture 2\x1b[K\n\x1b[J\x1b[Hpicture 3\x1b[K\n\x1b[J");
}

TEST(Watching, never_lets_the_screen_scroll) {
    EXPECT_EQ(over_the_last("1\n2\n3\n", 4), "\x1b[H1\x1b[K\n2\x1b[K\n3\x1b[K\n\x1b[J");
    EXPECT_EQ(over_the_last("1\n2\n3\n4\n", 4), "\x1b[H1\x1b[K\n2\x1b[K\n… and 2 more\x1b[K\n\x1b[J");
    EXPECT_EQ(over_the_last("1\n2\n", 0), "\x1b[H1\x1b[K\n2\x1b[K\n\x1b[J");
}

TEST(Watching, ends_when_nobody_reads_any_more) {
    std::istringstream in;
    std::ostringstream out, err;
    out.setstate(std::ios::badbit);
    Terminal terminal(in, out, err, {});
    EXPECT_EQ(watch(terminal, 0ms, [](std::ostream&) { return int{exit_done}; }), 0);
}

}  // namespace
}  // namespace berth::host::cli
