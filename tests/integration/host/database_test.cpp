// SPDX-License-Identifier: MIT
/// What goes wrong with the database of a project is told. Commits under `kill -9`: tests/integration/chaos.
#include "integration/host/suite.hpp"

namespace berth::test {

using testing::HasSubstr;

namespace {

HostOptions with_witness(std::string more = {}) {
    HostOptions options;
    options.projects = {fixture_project("witness")};
    options.more = std::move(more);
    return options;
}

}  // namespace

TEST(Database, tells_a_project_that_somebody_else_holds_the_lock_and_serves_it_again_later) {
    TestHost host{with_witness("[project.witness.database]\nbusy = \"200 ms\"\n")};
    auto ana = host.connect("/witness"), ben = host.connect("/witness");
    ASSERT_EQ(ask(ana, "db create table t (a)"), "done");
    ben.says("hold " + std::to_string(1500 * patience) + " insert into t values (1)");

    EXPECT_TRUE(eventually([&] {
        auto cleo = host.connect("/witness");
        cleo.says("db insert into t values (2)");
        const auto answer = cleo.next();
        return !answer || answer->payload != "done";
    }));

    EXPECT_TRUE(host.logs("locked by another connection for 200 ms: keep write transactions short, or raise database.busy"));
    EXPECT_EQ(ben.hears(), "held");
    EXPECT_EQ(ask(ana, "db insert into t values (3)"), "done");
}

TEST(Database, tells_a_project_that_its_file_is_damaged_and_leaves_the_file_alone) {
    TestHost host{with_witness()};
    {
        auto ana = host.connect("/witness");
        ASSERT_EQ(ask(ana, "db create table t (a)"), "done");
    }
    const auto file = host.state() / "witness" / "data.sqlite";
    ASSERT_TRUE(std::filesystem::exists(file));
    ASSERT_EQ(host.cli({"stop", "witness", "--yes"}).exit_code, 0);
    const std::string junk(5000, 'x');
    for (const char* beside : {"data.sqlite-wal", "data.sqlite-shm"}) std::filesystem::remove(file.parent_path() / beside);
    write_file(file, junk);
    ASSERT_EQ(host.cli({"start", "witness"}).exit_code, 0);

    auto ben = host.connect("/witness");
    ben.says("ask select 1 from t");

    EXPECT_EQ(ben.closed().code, 1011u);
    EXPECT_TRUE(host.logs("the file is damaged or no database"));
    EXPECT_TRUE(host.logs("put a backup in its place"));
    EXPECT_EQ(read_file(file), junk);
    EXPECT_EQ(host.project("witness").at("crashes"), 0);
}

}  // namespace berth::test
