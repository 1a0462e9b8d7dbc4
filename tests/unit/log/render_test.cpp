// SPDX-License-Identifier: MIT
#include "log/render.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace berth::host::log {
namespace {

Record connected() {
    Record record;
    record.time_ms = 1'795'533'034'123;
    record.message = "client connected";
    record.project = "chat";
    record.fields = {{"address", "203.0.113.7", false},
                     {"path", "/chat", false},
                     {"extra", "1", true},
                     {"client", "184", false}};
    return record;
}

TEST(RenderHuman, shows_well_known_fields_first_and_the_rest_by_name_wherever_the_record_comes_from) {
    Record record = connected();
    record.fields.insert(record.fields.begin(), {"zone", "9", false});
    record.fields.push_back({"age", "3", false});

    EXPECT_THAT(render_human(record, false), testing::EndsWith("address=203.0.113.7 age=3 extra=1 zone=9"));
    EXPECT_EQ(render_human(*record_from(json_of(record)), false), render_human(record, false));
}

TEST(RenderHuman, shows_well_known_fields_before_others) {
    EXPECT_EQ(render_human(connected(), false),
              "2026-11-24T15:10:34.123Z info    client connected  project=chat client=184 path=/chat "
              "address=203.0.113.7 extra=1");
}

TEST(RenderHuman, ends_with_who_said_it) {
    Record record = connected();
    record.fields = {{"generation", "7", true}};
    record.process = "worker";
    record.generation = 2;

    EXPECT_EQ(render_human(record, false),
              "2026-11-24T15:10:34.123Z info    client connected  project=chat generation=7 process=worker");
}

TEST(RenderHuman, quotes_values_with_blanks_quotes_and_nothing) {
    EXPECT_EQ(quoted_value("plain"), "plain");
    EXPECT_EQ(quoted_value(""), "\"\"");
    EXPECT_EQ(quoted_value("a b"), "\"a b\"");
    EXPECT_EQ(quoted_value("a\"b"), "\"a\\\"b\"");
    EXPECT_EQ(quoted_value("a=b"), "\"a=b\"");
    EXPECT_EQ(quoted_value("grüße"), "grüße");
}

TEST(RenderHuman, escapes_what_breaks_lines_or_misleads) {
    EXPECT_EQ(escaped("a\nb\rc\td"), "a\\nb\\rc\\td");
    EXPECT_EQ(escaped(std::string_view("\0\x1b[31m\x7f", 7)), "\\x00\\x1B[31m\\x7F");
    EXPECT_EQ(escaped("\xff\xc0\xaf"), "\\xFF\\xC0\\xAF");
    EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xED\\xA0\\x80");
    EXPECT_EQ(escaped("\u202Egnp.exe"), "\\u202Egnp.exe");
    EXPECT_EQ(escaped("\u2028\u0085\uFEFF"), "\\u2028\\u0085\\uFEFF");
    EXPECT_EQ(escaped("C:\\n"), "C:\\\\n");
    EXPECT_EQ(escaped("日本 🚢"), "日本 🚢");
}

TEST(RenderHuman, says_how_often_a_line_was_repeated) {
    Record record = connected();
    record.fields = {{"repeated", "412", true}};

    EXPECT_EQ(render_human(record, false),
              "2026-11-24T15:10:34.123Z info    client connected: repeated 412 times  project=chat");
    record.fields = {{"repeated", "1", true}};
    EXPECT_EQ(render_human(record, false),
              "2026-11-24T15:10:34.123Z info    client connected: once more  project=chat");
}

TEST(RenderHuman, colours_only_when_asked) {
    EXPECT_EQ(render_human(connected(), false).find('\x1b'), std::string::npos);
    EXPECT_NE(render_human(connected(), true).find("\x1b[32minfo"), std::string::npos);
}

TEST(RenderJson, puts_the_fields_beside_the_head) {
    EXPECT_EQ(
        render_json(connected()),
        R"({"time":"2026-11-24T15:10:34.123Z","level":"info","message":"client connected","project":"chat",)"
        R"("client":"184","path":"/chat","address":"203.0.113.7","extra":1})");
}

TEST(RenderJson, keeps_the_head_when_a_field_is_called_like_it) {
    Record record;
    record.message = "m";
    record.fields = {{"level", "none", false}, {"time", "nan", true}};

    const auto json = nlohmann::json::parse(render_json(record));

    EXPECT_EQ(json["level"], "info");
    EXPECT_EQ(json["level_"], "none");
    EXPECT_EQ(json["time_"], "nan");
}

TEST(Render, tells_times_of_every_kind) {
    EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(time_text(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(time_text(INT64_MAX), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(time_text(INT64_MIN), "0000-01-01T00:00:00.000Z");
}

/// Strings made of the pieces that log readers and terminals stumble over.
std::string hostile_string(std::mt19937_64& random) {
    static const std::vector<std::string> pieces{"\n",
                                                 "\r\n",
                                                 std::string(1, '\0'),
                                                 "\x1b]0;owned\x07",
                                                 "\x1b[2J",
                                                 "\"",
                                                 "\\",
                                                 "=",
                                                 " ",
                                                 "\xff\xfe",
                                                 "\u202E",
                                                 "\u2028",
                                                 "\u2029",
                                                 "\u0085",
                                                 "\xe2\x80",
                                                 "\xf4\x90\x80\x80",
                                                 "\xc0\x8a",
                                                 "é",
                                                 "x",
                                                 "{\"level\":\"error\"}",
                                                 "2026-11-24T15:10:34.123Z error   forged",
                                                 "%n%s",
                                                 "\b\b\b",
                                                 "\v\f",
                                                 "\x7f",
                                                 "\t"};
    std::string text;
    const auto count = random() % 12;
    for (std::uint64_t i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
    return text;
}

TEST(Render, makes_one_line_of_each_of_ten_thousand_hostile_strings) {
    constexpr std::uint64_t seed = 20261124;
    std::mt19937_64 random(seed);
    const auto is_bad = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
    for (int i = 0; i < 10'000; ++i) {
        Record record;
        record.project = hostile_string(random);
        record.message = hostile_string(random);
        record.fields = {{hostile_string(random), hostile_string(random), false},
                         {"n", hostile_string(random), true}};

        const std::string human = render_human(record, false);
        const std::string json = render_json(record);

        ASSERT_TRUE(std::none_of(human.begin(), human.end(), is_bad)) << "seed " << seed << ", string " << i;
        ASSERT_TRUE(std::none_of(json.begin(), json.end(), is_bad)) << "seed " << seed << ", string " << i;
        for (const char* breaker : {"\u2028", "\u2029", "\u0085", "\u202E"}) {
            ASSERT_EQ(human.find(breaker), std::string::npos);
            ASSERT_EQ(json.find(breaker), std::string::npos);
        }
        ASSERT_TRUE(nlohmann::json::parse(json, nullptr, false).is_object());
        ASSERT_NO_THROW(static_cast<void>(nlohmann::json(human).dump())) << "not UTF-8: string " << i;
    }
}

TEST(LogRecord, comes_back_from_its_line_as_it_was) {
    Record record = connected();
    record.level = Level::warning;
    record.process = "worker";
    record.generation = 3;

    EXPECT_EQ(parse_record(line_of(record)), record);
}

TEST(LogRecord, is_not_made_of_other_text) {
    for (const char* text : {"", "hello", "[1]", "{}", "{\"m\":1}", "{\"m\":\"a\"", "null"}) {
        EXPECT_EQ(parse_record(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace berth::host::log
