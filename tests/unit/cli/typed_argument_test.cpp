// SPDX-License-Identifier: MIT
#include "cli/typed_argument.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace berth::host::cli {
namespace {

using nlohmann::json;

class TypedArgument : public testing::Test {
protected:
    json parsed(const std::string& text) {
        auto argument = parse_typed_argument(text, terminal_);
        if (!argument) return argument.error().message;
        return *argument;
    }
    static json typed(const char* type, json value) { return {{"type", type}, {"value", std::move(value)}}; }

    std::istringstream in_{"from standard input"};
    std::ostringstream out_;
    std::ostringstream err_;
    Terminal terminal_{in_, out_, err_, {}};
};

TEST_F(TypedArgument, has_six_types) {
    EXPECT_EQ(parsed("text:hi"), typed("text", "hi"));
    EXPECT_EQ(parsed("text:"), typed("text", ""));
    EXPECT_EQ(parsed("text:a:b @c"), typed("text", "a:b @c"));
    EXPECT_EQ(parsed("int:-5"), typed("int", "-5"));
    EXPECT_EQ(parsed("int:9223372036854775807"), typed("int", "9223372036854775807"));
    EXPECT_EQ(parsed("real:1.5"), typed("real", 1.5));
    EXPECT_EQ(parsed("real:2"), typed("real", 2.0));
    EXPECT_EQ(parsed("bool:true"), typed("bool", true));
    EXPECT_EQ(parsed("client:18446744073709551615"), typed("client", "18446744073709551615"));
    EXPECT_EQ(parsed("buffer:hi"), typed("buffer", "aGk="));
}

TEST_F(TypedArgument, may_be_named_as_in_a_signature) {
    EXPECT_EQ(parsed("integer:5"), typed("int", "5"));
    EXPECT_EQ(parsed("boolean:false"), typed("bool", false));
}

TEST_F(TypedArgument, reads_buffers_from_files_and_standard_input) {
    const std::string path = testing::TempDir() + "berth-buffer";
    std::ofstream(path, std::ios::binary) << std::string("\0\xff", 2);

    EXPECT_EQ(parsed("buffer:@" + path), typed("buffer", "AP8="));
    EXPECT_EQ(parsed("buffer:@-"), typed("buffer", "ZnJvbSBzdGFuZGFyZCBpbnB1dA=="));

    const auto missing = parse_typed_argument("buffer:@/does/not/exist", terminal_);
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().code, Code::not_found);
    EXPECT_EQ(missing.error().message, "argument buffer: /does/not/exist: No such file or directory");
}

TEST_F(TypedArgument, shows_how_it_is_written) {
    EXPECT_EQ(parsed("5"), "argument \"5\": write its type before it, as int:5");
    EXPECT_EQ(parsed("1.5"), "argument \"1.5\": write its type before it, as real:1.5");
    EXPECT_EQ(parsed("true"), "argument \"true\": write its type before it, as bool:true");
    EXPECT_EQ(parsed("hello"), "argument \"hello\": write its type before it, as text:hello");
    EXPECT_EQ(parsed("txt:hi"), "argument \"txt:hi\": there is no type txt; did you mean text:hi?");
    EXPECT_EQ(parsed("itn:5"), "argument \"itn:5\": there is no type itn; did you mean int:5?");
    EXPECT_EQ(parsed("number:5"), "argument \"number:5\": there is no type number; did you mean int:5?");
    EXPECT_EQ(parsed("flag:true"), "argument \"flag:true\": there is no type flag; did you mean bool:true?");
    EXPECT_EQ(parsed("http://x"), "argument \"http://x\": write its type before it, as text:http://x");
    EXPECT_EQ(parsed("int:5.0"), "argument \"int:5.0\": an int is a whole number of 64 bits, as int:5");
    EXPECT_EQ(parsed("int:9223372036854775808"),
              "argument \"int:9223372036854775808\": an int is a whole number of 64 bits, as int:5");
    EXPECT_EQ(parsed("real:inf"), "argument \"real:inf\": a real is a finite number, as real:1.5");
    EXPECT_EQ(parsed("real:"), "argument \"real:\": a real is a finite number, as real:1.5");
    EXPECT_EQ(parsed("bool:yes"), "argument \"bool:yes\": a bool is bool:true or bool:false");
    EXPECT_EQ(parsed("client:-1"), "argument \"client:-1\": a client is its id, as client:4294967302");
}

TEST_F(TypedArgument, carries_no_more_than_a_request_takes) {
    const std::string path = testing::TempDir() + "berth-large";
    std::ofstream(path, std::ios::binary) << std::string((16u << 20) + 1, 'x');

    EXPECT_EQ(parsed("buffer:@" + path),
              "argument buffer: " + path + ": no message or argument has more than 16 MiB; send it in parts");
}

}  // namespace
}  // namespace berth::host::cli
