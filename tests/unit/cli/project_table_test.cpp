// SPDX-License-Identifier: MIT
#include "cli/project_table.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/clock.hpp"

namespace berth::host::cli {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(ProjectTable, has_below_it_what_it_has_no_room_for) {
    const std::string long_text(200, 'x');
    const json project{{"name", "chat"},
                       {"file", "chat.so"},
                       {"state", "open"},
                       {"file_gone", true},
                       {"last_error", "project chat: chat.so: " + long_text},
                       {"last_error_at_ms", wall_clock_ms() - 200'000}};
    std::istringstream in;
    std::ostringstream out, err;
    Terminal terminal(in, out, err, {});

    print_projects(json::array({project}), terminal);

    const std::string shown = out.str();
    EXPECT_THAT(shown, EndsWith("\nchat: file gone: chat.so is no longer there; the project runs on until `berth rescan`\n"
                                "chat: last error 3 min 20 s ago: chat.so: " +
                                long_text + "\n"));
    EXPECT_LT(shown.find('\n'), 80u) << "the table itself";
    EXPECT_THAT(shown, Not(HasSubstr("project chat: "))) << "said once is enough";
}

TEST(ProjectTable, tells_a_first_run_that_failed_once_whatever_came_after_it) {
    const auto shown = [](json more) {
        json project{{"name", "chat"}, {"state", "open"}, {"first_run_error", "no such table"}, {"last_error_at_ms", wall_clock_ms() - 200'000}};
        project.update(more);
        std::istringstream in;
        std::ostringstream out, err;
        Terminal terminal(in, out, err, {});
        print_projects(json::array({project}), terminal);
        return out.str().substr(out.str().find("\nchat:"));
    };

    EXPECT_EQ(shown({{"last_error", "project chat: the first run of its global service failed: no such table"}}),
              "\nchat: last error 3 min 20 s ago: the first run of its global service failed: no such table\n");
    EXPECT_EQ(shown({{"last_error", "project chat: chat.so: is cut off"}}),
              "\nchat: the first run of its global service failed: no such table\nchat: last error 3 min 20 s ago: chat.so: is cut off\n");
}

}  // namespace
}  // namespace berth::host::cli
