// SPDX-License-Identifier: MIT
#include "pages/index_page.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace berth::host::pages {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json status(const std::string& address, const std::string& name = "chat") {
    return {{"listeners", {{{"address", address}, {"tls", false}}}},
            {"projects", {{{"name", name}, {"state", "open"}, {"clients", 3}, {"url_path", "/" + name}}}}};
}

TEST(IndexPage, lists_pages_and_projects) {
    const std::string html = index_page(status("127.0.0.1:7681"), {"/chat/"});

    EXPECT_THAT(html, HasSubstr("<a href=\"/chat/\">/chat/</a>"));
    EXPECT_THAT(html, HasSubstr("<td>chat</td><td>open</td><td>3</td>"));
    EXPECT_THAT(html, HasSubstr("<code>ws://127.0.0.1:7681/chat</code>"));
}

TEST(IndexPage, tells_that_the_first_run_of_a_global_service_failed) {
    json failed = status("127.0.0.1:7681");
    EXPECT_THAT(index_page(failed, {}), Not(HasSubstr("first run")));
    failed["projects"][0]["first_run_error"] = "no <table>";

    EXPECT_THAT(index_page(failed, {}), HasSubstr("<p>chat: the first run of its global service failed: no &lt;table&gt;</p>"));
}

TEST(IndexPage, escapes_every_value) {
    const std::string evil = "<script>alert(1)</script>\"'&";

    const std::string html = index_page(status(evil + ":7681", evil), {"/" + evil + "/"});

    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
}

TEST(IndexPage, stands_without_a_host) {
    EXPECT_THAT(index_page(json(), {}), HasSubstr("The host does not answer."));
    EXPECT_THAT(index_page(json::object(), {}), HasSubstr("Copy a library into the plugins directory."));
}

TEST(IndexPage, needs_nothing_that_its_policy_forbids) {
    const std::string html = index_page(status("127.0.0.1:7681"), {"/chat/"});

    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("style=")));
    EXPECT_THAT(html, Not(HasSubstr("<style")));
}

}  // namespace
}  // namespace berth::host::pages
