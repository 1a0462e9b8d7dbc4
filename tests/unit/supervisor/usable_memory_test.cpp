// SPDX-License-Identifier: MIT
#include "supervisor/usable_memory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace berth::host::supervisor {
namespace {

class ControlGroups : public ::testing::Test {
protected:
    void write(const std::string& file, const std::string& text) {
        const auto path = directory.path() / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text << '\n';
    }
    std::uint64_t memory() { return control_group_memory(directory.path() / "membership", directory.path() / "groups"); }

    test::TempDir directory{"control-groups"};
};

}  // namespace

TEST_F(ControlGroups, bound_memory_by_the_least_limit_on_the_way_to_the_process) {
    write("membership", "0::/system.slice/berth.service");
    write("groups/system.slice/memory.max", "4000000000");
    write("groups/system.slice/memory.high", "max");
    write("groups/system.slice/berth.service/memory.max", "1000000000");
    write("groups/system.slice/berth.service/memory.high", "900000000");

    EXPECT_EQ(memory(), 900'000'000u);
}

TEST_F(ControlGroups, bound_a_container_at_its_own_root) {
    write("membership", "0::/docker/of/another/namespace");
    write("groups/memory.max", "536870912");

    EXPECT_EQ(memory(), 536'870'912u);
}

TEST_F(ControlGroups, without_limits_bound_nothing) {
    EXPECT_EQ(memory(), 0u);
    write("membership", "1:memory:/an/older/version\n0::/user.slice");
    write("groups/user.slice/memory.max", "max");

    EXPECT_EQ(memory(), 0u);
}

TEST(UsableMemory, is_no_more_than_the_machine_has) {
    const auto machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));

    EXPECT_GT(usable_memory(), 0u);
    EXPECT_LE(usable_memory(), machine);
}

}  // namespace berth::host::supervisor
