// SPDX-License-Identifier: MIT
// The end of a host while projects are being removed.
#include "supervisor/shutdown.hpp"

#include "projects_fixture.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;

class ShutdownTest : public ProjectsTest {
protected:
    /// chat is removed and its worker has not ended.
    void begin_to_remove() {
        projects.start([] {});
        run("chat.so");
        remove("chat.so");
        look();
        projects.rescan([](const Projects::Outcome&) {});
        ASSERT_EQ(projects.find("chat"), nullptr);
    }
    test::FakeProcess& gate() { return children.newest("gateway"); }

    bool is_over = false;
    Shutdown shutdown{{.gateway = gateway, .projects = projects}, 5s};
};

TEST_F(ShutdownTest, waits_for_projects_that_a_rescan_is_removing) {
    begin_to_remove();
    shutdown.begin([this] { is_over = true; });
    gate().says("stopped");

    EXPECT_FALSE(gate().is_hung_up) << "a project is still there";
    EXPECT_EQ(children.newest("worker").got("stop"), 1u);
    children.newest("worker").says("stopped");
    children.newest("worker").exits();
    EXPECT_TRUE(gate().is_hung_up);
    EXPECT_FALSE(is_over);
    gate().exits();

    EXPECT_TRUE(is_over);
}

TEST_F(ShutdownTest, does_not_wait_for_what_has_been_removed) {
    begin_to_remove();
    gate().says(nlohmann::json{{"type", "retired"}, {"project", "chat"}, {"generation", gate().last("retire")["generation"]}});
    children.newest("worker").says("stopped");
    children.newest("worker").exits();
    shutdown.begin([this] { is_over = true; });
    gate().says("stopped");

    EXPECT_TRUE(gate().is_hung_up);
    gate().exits();
    EXPECT_TRUE(is_over);
}

TEST_F(ShutdownTest, ends_a_project_that_is_being_removed_and_does_not_stop_in_time) {
    begin_to_remove();
    shutdown.begin([this] { is_over = true; });
    gate().says("stopped");
    timers.pass(1min);

    EXPECT_FALSE(children.newest("worker").signals.empty());
    children.newest("worker").dies(SIGKILL);
    gate().exits();
    EXPECT_TRUE(is_over);
}

}  // namespace
}  // namespace berth::host::supervisor
