// SPDX-License-Identifier: MIT
#include "log/pipe_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "log/record.hpp"

namespace berth::host::log {
namespace {

class PipeSink : public testing::Test {
protected:
    PipeSink() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
        reader_.reset(ends[0]);
        sink_ = pipe_sink(UniqueFd(ends[1]));
        ::fcntl(reader_.get(), F_SETFL, O_NONBLOCK);
    }
    void say(std::string_view message, std::vector<Field> fields) {
        sink_(Line{Level::info, 1000, message, fields});
    }
    std::vector<Record> read_all() {
        std::array<char, 65536> chunk{};
        ssize_t n = 0;
        while ((n = ::read(reader_.get(), chunk.data(), chunk.size())) > 0)
            text_.append(chunk.data(), static_cast<std::size_t>(n));
        std::vector<Record> records;
        for (std::size_t end = 0; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
            auto record = parse_record(text_.substr(0, end));
            EXPECT_TRUE(record.has_value()) << text_.substr(0, end);
            if (record) records.push_back(*record);
        }
        EXPECT_EQ(text_, "");
        return records;
    }

    UniqueFd reader_;
    Sink sink_;
    std::string text_;
};

TEST_F(PipeSink, writes_a_line_that_comes_back_as_a_record) {
    say("client connected", {{"project", "chat"}, {"client", "7"}, {"port", 80}});

    const auto records = read_all();

    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].project, "chat");
    EXPECT_EQ(records[0].fields, (std::vector<Record::Field>{{"client", "7", false}, {"port", "80", true}}));
}

TEST_F(PipeSink, cuts_what_would_not_be_written_whole) {
    const std::string huge(100'000, 'x');
    std::vector<Field> many;
    const std::string quotes(300, '"');
    for (int i = 0; i < 200; ++i) many.emplace_back("key", quotes);

    say(huge, {{"path", huge}});
    say("controls", {{"path", std::string(5000, '\x01')}});
    say("many", many);

    const auto records = read_all();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_LT(records[0].message.size(), pipe_line_bytes_max);
}

TEST_F(PipeSink, loses_lines_rather_than_waits_and_says_how_many) {
    for (int i = 0; i < 1000; ++i) say("line", {{"text", std::string(900, 'x')}});
    const auto before = read_all();

    say("after", {});

    const auto after = read_all();
    ASSERT_EQ(after.size(), 2u);
    EXPECT_EQ(after[0].message, "log lines lost");
    EXPECT_EQ(after[0].fields.at(0).value, std::to_string(1000 - before.size()));
    EXPECT_EQ(after[1].message, "after");
}

TEST_F(PipeSink, survives_a_reader_that_has_gone) {
    ::signal(SIGPIPE, SIG_IGN);  // As every process of the host does.
    reader_.reset();

    say("into the void", {});
}

}  // namespace
}  // namespace berth::host::log
