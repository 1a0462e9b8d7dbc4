// SPDX-License-Identifier: MIT
#include "link/slot_table.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace berth::host::link {

TEST(SlotTable, shows_one_process_what_another_was_running_culprits_first) {
    auto writer = SlotTable::create();
    ASSERT_TRUE(writer);
    auto reader = SlotTable::open(UniqueFd(::dup(writer->fd())));
    ASSERT_TRUE(reader);

    writer->at(1).client = 5;
    writer->at(1).event = static_cast<std::uint32_t>(SlotEvent::message);
    writer->at(3).client = 9;
    writer->at(3).seq = 12;
    writer->at(3).signal = 11;
    writer->at(3).in_project = 1;
    writer->at(3).event = static_cast<std::uint32_t>(SlotEvent::procedure);

    const auto running = reader->running();
    ASSERT_EQ(running.size(), 2u);
    EXPECT_EQ(running[0].client, ClientId{9});
    EXPECT_EQ(running[0].seq, 12u);
    EXPECT_EQ(running[0].signal, 11u);
    EXPECT_STREQ(name_of(running[0].event), "procedure");
    EXPECT_TRUE(running[0].in_project);
    EXPECT_EQ(running[1].client, ClientId{5});
    EXPECT_FALSE(running[1].in_project);
}

TEST(SlotTable, refuses_a_file_of_another_size) {
    UniqueFd fd(::memfd_create("small", 0));

    const auto table = SlotTable::open(std::move(fd));

    ASSERT_FALSE(table);
    EXPECT_TRUE(table.error().message.starts_with("the slot table has 0 bytes instead of ")) << table.error().message;
}

TEST(SlotTable, cannot_be_shrunk_under_its_readers) {
    auto table = SlotTable::create();
    ASSERT_TRUE(table);

    EXPECT_NE(::ftruncate(table->fd(), 0), 0);
}

}  // namespace berth::host::link
