// SPDX-License-Identifier: MIT
#include "wire/extensions.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth::wire {
namespace {

/// Extensions as text, "malformed" for none.
std::string shown(const Headers& headers) {
    const auto extensions = parse_extensions(headers);
    if (!extensions) return "malformed";
    std::string text;
    for (const Extension& extension : *extensions) {
        text.append("[").append(extension.name);
        for (const auto& [name, value] : extension.parameters) {
            text.append(" ").append(name);
            if (value) text.append("=").append(*value);
        }
        text.append("]");
    }
    return text;
}

std::string shown(std::string_view value) {
    return shown(Headers{{"Sec-WebSocket-Extensions", value}});
}

TEST(Extensions, are_read_with_their_parameters_in_order_over_repeated_fields) {
    EXPECT_EQ(shown("permessage-deflate; client_max_window_bits; server_max_window_bits=10"),
              "[permessage-deflate client_max_window_bits server_max_window_bits=10]");
    EXPECT_EQ(shown(Headers{{"sec-websocket-extensions", "a;x , b"},
                            {"Other", "c"},
                            {"SEC-WEBSOCKET-EXTENSIONS", "d ; y = \"1\""}}),
              "[a x][b][d y=1]");
    EXPECT_EQ(shown(Headers{}), "");
    EXPECT_EQ(shown(""), "");
}

TEST(Extensions, are_refused_when_they_break_the_grammar) {
    for (const std::string_view value :
         {";", "a;", "a; ;b", "a b", "a;=1", "a;x=", "a;x=\"\"", "a;x=\"1", "a;x=\"1 2\"", "a;x=\"1,2\"",
          "a;x=\"1;2\"", "a;x=1=2", "\"a\"", "a;x=\"\\1\"", "a/b", "ok, a;"}) {
        EXPECT_EQ(shown(value), "malformed") << value;
    }
}

}  // namespace
}  // namespace berth::wire
