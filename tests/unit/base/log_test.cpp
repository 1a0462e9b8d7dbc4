// SPDX-License-Identifier: MIT
#include "base/log.hpp"

#include <gtest/gtest.h>

namespace berth::host::log {

TEST(Log, hands_message_and_fields_to_the_sink) {
    std::string seen;
    set_sink([&](const Line& line) {
        seen = std::string(name_of(line.level)) + " " + std::string(line.message);
        for (const Field& field : line.fields) seen += " " + std::string(field.key) + "=" + field.value;
    });

    warning("client refused", {{"project", "chat"}, {"status", 403}, {"client", ClientId{9}}});

    EXPECT_EQ(seen, "warning client refused project=chat status=403 client=9");
    set_sink([](const Line&) {});
}

TEST(Log, drops_lines_below_its_level) {
    int lines = 0;
    set_sink([&](const Line&) { ++lines; });

    debug("detail");
    info("fact");

    EXPECT_EQ(lines, 1);
    set_sink([](const Line&) {});
}

}  // namespace berth::host::log
