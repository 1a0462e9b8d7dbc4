// SPDX-License-Identifier: MIT
#include "log/redact.hpp"

#include <gtest/gtest.h>

namespace berth::host::log {
namespace {

TEST(Redact, takes_out_query_strings) {
    EXPECT_EQ(redact("/chat?token=abc&x=1"), "/chat?[redacted]");
    EXPECT_EQ(redact("GET /chat?x=1 HTTP/1.1"), "GET /chat?[redacted] HTTP/1.1");
    EXPECT_EQ(redact("wss://example.org/chat?ticket=abc"), "wss://example.org/chat?[redacted]");
    EXPECT_EQ(redact("'/chat?x=1' refused"), "'/chat?[redacted]' refused");
    EXPECT_EQ(redact("/chat?"), "/chat?");
    EXPECT_EQ(redact("why? because"), "why? because");
}

TEST(Redact, takes_out_tokens_wherever_they_stand) {
    EXPECT_EQ(redact("Authorization: Bearer abc.def"), "Authorization: Bearer [redacted]");
    EXPECT_EQ(redact("authorization=Basic dXNlcjpwYXNz ok"), "authorization=[redacted] [redacted] ok");
    EXPECT_EQ(redact("app.v1, bearer.s3cr3t, other"), "app.v1, bearer.[redacted], other");
    EXPECT_EQ(redact("token=abc next"), "token=[redacted] next");
    EXPECT_EQ(redact("access_token: abc next"), "access_token: [redacted] next");
    EXPECT_EQ(redact("{\"password\":\"abc\",\"user\":\"ana\"}"),
              "{\"password\":\"[redacted]\",\"user\":\"ana\"}");
    EXPECT_EQ(redact("Cookie: session=abc"), "Cookie: [redacted]");
    EXPECT_EQ(redact("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!"), "got [redacted]!");
    EXPECT_EQ(redact("redis://user:pass@host/0"), "redis://[redacted]@host/0");
}

TEST(Redact, leaves_ordinary_text_alone) {
    for (const char* text :
         {"", "client connected", "project=chat client=184", "a:b=c", "12:30:01", "http://127.0.0.1:7680/",
          "table tokens has 3 rows", "eyJ", "/path/to/file.so: not found", "  two  blanks "}) {
        EXPECT_EQ(redact(text), text);
    }
}

TEST(Redact, changes_nothing_the_second_time) {
    for (const char* text : {"/a?b=c", "Authorization: Bearer abc", "bearer.abc", "token=abc",
                             "redis://u:p@h/0", "authorization=Basic abc", "{\"secret\":\"x\"}"}) {
        EXPECT_EQ(redact(redact(text)), redact(text));
    }
}

TEST(Redact, knows_secret_names) {
    for (const char* name :
         {"token", "Authorization", "Set-Cookie", "X-Api-Key", "client_secret", "PASSWORD", "private-key"}) {
        EXPECT_TRUE(is_secret_name(name)) << name;
    }
    for (const char* name : {"client", "path", "key", "project", ""})
        EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(Redact, covers_message_and_fields_of_a_record) {
    Record record;
    record.message = "refused /chat?token=hunter2";
    record.fields = {{"token", "hunter2", false}, {"path", "/x?hunter2", false}, {"port", "80", true}};

    redact(record);

    EXPECT_EQ(record.message, "refused /chat?[redacted]");
    EXPECT_EQ(record.fields[0].value, "[redacted]");
    EXPECT_EQ(record.fields[1].value, "/x?[redacted]");
    EXPECT_EQ(record.fields[2].value, "80");
}

}  // namespace
}  // namespace berth::host::log
