// SPDX-License-Identifier: MIT
#include "cli/table.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace berth::host::cli {
namespace {

Table sample() {
    Table table({{.name = "ID", .is_right = true},
                 {.name = "NAME"},
                 {.name = "SEEN", .rank = 1},
                 {.name = "PATH", .may_shrink = true, .rank = 2}});
    table.add({"7", "chat", "yesterday", "/chat/rooms/harbour"});
    table.add({"184", "echo", "now", "/echo"});
    return table;
}

std::vector<std::string> lines_of(const Table& table, std::size_t width, bool colour = false) {
    std::ostringstream out;
    table.print(out, width, colour);
    std::istringstream in(out.str());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

TEST(Table, aligns_numbers_right_and_text_left) {
    EXPECT_THAT(lines_of(sample(), 0), testing::ElementsAre(" ID  NAME  SEEN       PATH",
                                                            "  7  chat  yesterday  /chat/rooms/harbour",
                                                            "184  echo  now        /echo"));
}

TEST(Table, cuts_what_may_shrink_until_it_fits) {
    EXPECT_THAT(lines_of(sample(), 36),
                testing::ElementsAre(" ID  NAME  SEEN       PATH", "  7  chat  yesterday  /chat/rooms/h…",
                                     "184  echo  now        /echo"));
}

TEST(Table, leaves_out_the_columns_that_are_needed_least) {
    EXPECT_THAT(lines_of(sample(), 24),
                testing::ElementsAre(" ID  NAME  SEEN", "  7  chat  yesterday", "184  echo  now"));
    EXPECT_THAT(lines_of(sample(), 15), testing::ElementsAre(" ID  NAME", "  7  chat", "184  echo"));
}

TEST(Table, never_passes_the_width_where_the_first_columns_fit) {
    for (std::size_t width = 9; width < 60; ++width) {
        for (const auto& line : lines_of(sample(), width)) EXPECT_LE(display_width(line), width);
    }
}

TEST(Table, counts_characters_not_bytes) {
    Table table({{.name = "NAME"}, {.name = "X"}});
    table.add({"größe", "1"});
    table.add({"a", "2"});

    EXPECT_THAT(lines_of(table, 0), testing::ElementsAre("NAME   X", "größe  1", "a      2"));
}

TEST(Table, gives_wide_characters_two_columns_and_combining_ones_none) {
    EXPECT_EQ(display_width("日本"), 4u);
    EXPECT_EQ(display_width("e\u0301"), 1u);
    EXPECT_EQ(display_width("\xff"), 1u) << "no character at all";
    EXPECT_EQ(fitted("日本語", 4), "日…") << "half a character does not fit";
    EXPECT_EQ(fitted("日本語", 5), "日本…");
    Table table({{.name = "NAME", .may_shrink = true, .rank = 1}, {.name = "X"}});
    table.add({"日本語日本語", "1"});
    table.add({"abc", "2"});
    EXPECT_THAT(lines_of(table, 11), testing::ElementsAre("NAME      X", "日本語…   1", "abc       2"));
}

TEST(Table, cuts_the_first_columns_when_nothing_else_helps) {
    Table table({{.name = "NAME", .may_shrink = true}, {.name = "STATE"}, {.name = "MORE", .rank = 1}});
    table.add({std::string(64, 'x'), "open", "more"});

    EXPECT_EQ(lines_of(table, 76)[1], std::string(64, 'x') + "  open") << "whole, while a column can go";
    EXPECT_THAT(lines_of(table, 40)[1], testing::EndsWith("…  open"));
    EXPECT_EQ(display_width(lines_of(table, 40)[1]), 39u);
}

TEST(Table, lets_no_control_character_of_a_cell_through) {
    Table table({{.name = "PATH"}});
    table.add({"/\x1b[2J\n/x"});

    EXPECT_THAT(lines_of(table, 0), testing::ElementsAre("PATH", "/\\x1B[2J\\n/x"));
}

TEST(Table, colours_the_head_only_when_asked) {
    EXPECT_EQ(lines_of(sample(), 0, false)[0].find('\x1b'), std::string::npos);
    EXPECT_EQ(lines_of(sample(), 0, true)[0].find('\x1b'), 0u);
    EXPECT_EQ(lines_of(sample(), 0, true)[1].find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace berth::host::cli
