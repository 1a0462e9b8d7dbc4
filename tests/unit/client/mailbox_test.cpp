// SPDX-License-Identifier: MIT
#include "client/mailbox.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace berth::client::inner {
namespace {

using wire::MessageKind;

const TimePoint at_once{};

class ClientMailbox : public testing::Test {
protected:
    Settings settings = [] {
        Settings made = *read_settings(nullptr);
        made.send_bytes_max = 1000;
        made.receive_bytes_max = 1000;
        made.receive_messages_max = 3;
        return made;
    }();
    Waiter waiter;
    bool keeps_messages = true;
    std::optional<Mailbox> box;

    Mailbox& m() {
        if (!box) box.emplace(settings, keeps_messages, waiter);
        return *box;
    }
    berth_client_status write(const std::string& text) { return m().write(MessageKind::text, text, at_once); }
    std::string read() {
        Letter letter;
        const auto status = m().read(letter, at_once);
        return status == BERTH_CLIENT_OK ? letter.payload : "status " + std::to_string(status);
    }
};

TEST_F(ClientMailbox, takes_nothing_before_it_is_open_without_an_offline_queue) {
    EXPECT_EQ(write("early"), BERTH_CLIENT_OFFLINE);
    ASSERT_TRUE(m().opened(""));
    EXPECT_EQ(write("hi"), BERTH_CLIENT_OK);
    m().interrupted();
    EXPECT_EQ(write("now?"), BERTH_CLIENT_OFFLINE);
    EXPECT_FALSE(m().next_letter()) << "what was queued went with the connection";
}

TEST_F(ClientMailbox, one_that_was_given_up_does_not_open_a_moment_later) {
    EXPECT_FALSE(m().wait_open(at_once));
    EXPECT_TRUE(m().is_closing());
    EXPECT_FALSE(m().opened(""));
    EXPECT_FALSE(m().is_open());
}

TEST_F(ClientMailbox, one_that_has_been_open_is_not_given_up) {
    ASSERT_TRUE(m().opened(""));
    m().leaving();
    EXPECT_TRUE(m().wait_open(at_once));
    EXPECT_FALSE(m().is_closing());
}

TEST_F(ClientMailbox, keeps_what_an_offline_queue_can_hold) {
    settings.offline_bytes_max = 200;
    settings.offline_messages_max = 2;

    EXPECT_EQ(write(std::string(201, 'x')), BERTH_CLIENT_FULL);
    EXPECT_EQ(write("one"), BERTH_CLIENT_OK);
    EXPECT_EQ(write("two"), BERTH_CLIENT_OK);
    EXPECT_EQ(write("three"), BERTH_CLIENT_TIMEOUT);

    ASSERT_TRUE(m().opened(""));
    m().interrupted();
    EXPECT_EQ(m().next_letter()->payload, "one");
    EXPECT_EQ(m().next_letter()->payload, "two");
}

TEST_F(ClientMailbox, takes_back_what_was_not_begun_before_what_was_written_since) {
    settings.offline_bytes_max = 1000;
    ASSERT_TRUE(m().opened(""));
    for (const char* text : {"one", "two", "three"}) EXPECT_EQ(write(text), BERTH_CLIENT_OK);
    std::vector<Letter> taken{*m().next_letter(), *m().next_letter()};

    m().take_back(std::move(taken));
    EXPECT_EQ(m().unsent_bytes(), 11u);
    m().interrupted();

    for (const char* text : {"one", "two", "three"}) EXPECT_EQ(m().next_letter()->payload, text);
}

TEST_F(ClientMailbox, bounds_what_waits_to_be_sent) {
    ASSERT_TRUE(m().opened(""));
    EXPECT_EQ(write(std::string(1001, 'x')), BERTH_CLIENT_FULL);
    EXPECT_EQ(write(std::string(900, 'x')), BERTH_CLIENT_OK);
    EXPECT_EQ(m().unsent_bytes(), 900u);

    EXPECT_EQ(write(std::string(100, 'x')), BERTH_CLIENT_TIMEOUT);
    EXPECT_TRUE(m().next_letter());
    EXPECT_EQ(write(std::string(100, 'x')), BERTH_CLIENT_TIMEOUT) << "taken is not sent yet";
    m().set_in_flight(0);

    EXPECT_EQ(write(std::string(100, 'x')), BERTH_CLIENT_OK);
}

TEST_F(ClientMailbox, lets_a_message_of_the_whole_bound_into_an_empty_queue) {
    ASSERT_TRUE(m().opened(""));
    EXPECT_EQ(write(std::string(1000, 'x')), BERTH_CLIENT_OK);
    EXPECT_EQ(write(""), BERTH_CLIENT_TIMEOUT) << "empty messages are not free";
}

TEST_F(ClientMailbox, wakes_a_writer_when_there_is_room) {
    ASSERT_TRUE(m().opened(""));
    ASSERT_EQ(write(std::string(1000, 'x')), BERTH_CLIENT_OK);
    berth_client_status status = -1;
    std::thread writer{[&] { status = m().write(MessageKind::text, "waited", never); }};

    m().next_letter();
    m().set_in_flight(0);
    writer.join();

    EXPECT_EQ(status, BERTH_CLIENT_OK);
}

TEST_F(ClientMailbox, refuses_texts_that_are_no_utf8_and_takes_them_as_buffers) {
    ASSERT_TRUE(m().opened(""));
    EXPECT_EQ(write("\xFF"), BERTH_CLIENT_INVALID);
    EXPECT_EQ(m().write(MessageKind::buffer, "\xFF", at_once), BERTH_CLIENT_OK);
}

TEST_F(ClientMailbox, asks_for_a_pause_when_it_is_full_and_goes_on_when_read) {
    ASSERT_TRUE(m().opened(""));
    EXPECT_EQ(m().deliver(MessageKind::text, "1"), wire::Flow::go_on);
    EXPECT_EQ(m().deliver(MessageKind::text, "2"), wire::Flow::go_on);
    EXPECT_EQ(m().deliver(MessageKind::text, "3"), wire::Flow::pause);
    EXPECT_FALSE(m().has_room());

    EXPECT_EQ(read(), "1");

    EXPECT_TRUE(m().has_room());
    EXPECT_EQ(m().deliver(MessageKind::text, std::string(1000, 'x')), wire::Flow::pause)
        << "bytes count, too";
}

TEST_F(ClientMailbox, can_be_read_to_the_end_after_the_end) {
    ASSERT_TRUE(m().opened(""));
    m().deliver(MessageKind::text, "last words");
    m().ended(End{.code = 1000, .is_clean = true});

    EXPECT_EQ(read(), "last words");
    EXPECT_EQ(read(), "status " + std::to_string(BERTH_CLIENT_CLOSED));
    EXPECT_EQ(write("too late"), BERTH_CLIENT_CLOSED);
}

TEST_F(ClientMailbox, keeps_a_message_that_its_reader_has_no_memory_for) {
    ASSERT_TRUE(m().opened(""));
    m().deliver(MessageKind::text, "large");
    Letter letter;
    std::size_t asked = 0;
    const auto no_memory = [&](std::size_t bytes) {
        asked = bytes;
        return false;
    };

    EXPECT_EQ(m().read(letter, at_once, no_memory), BERTH_CLIENT_NO_RESOURCES);
    EXPECT_EQ(asked, 5u);
    EXPECT_EQ(read(), "large");
}

TEST_F(ClientMailbox, says_that_messages_go_elsewhere) {
    keeps_messages = false;
    EXPECT_EQ(read(), "status " + std::to_string(BERTH_CLIENT_INVALID));
}

TEST_F(ClientMailbox, wakes_everybody_at_the_end) {
    ASSERT_TRUE(m().opened(""));
    berth_client_status reader_status = -1, waiter_status = -1;
    End end;
    std::thread reader{[&] {
        Letter letter;
        reader_status = m().read(letter, never);
    }};
    std::thread waiting{[&] { waiter_status = m().wait_end(end, never); }};

    m().ended(End{.code = 1012, .is_clean = true});
    reader.join();
    waiting.join();

    EXPECT_EQ(reader_status, BERTH_CLIENT_CLOSED);
    EXPECT_EQ(waiter_status, BERTH_CLIENT_OK);
    EXPECT_EQ(end.code, 1012);
}

TEST_F(ClientMailbox, drops_messages_once_a_close_is_asked_for_and_keeps_the_first_request) {
    ASSERT_TRUE(m().opened(""));
    m().close(3000, "first");
    m().close(4000, "second");

    EXPECT_FALSE(m().is_open());
    EXPECT_EQ(write("x"), BERTH_CLIENT_CLOSED);
    EXPECT_EQ(m().deliver(MessageKind::text, "late"), wire::Flow::go_on);
    EXPECT_EQ(read(), "status " + std::to_string(BERTH_CLIENT_TIMEOUT));
    EXPECT_EQ(m().close_request()->code, 3000);
    EXPECT_TRUE(waiter.gave_up());
}

}  // namespace
}  // namespace berth::client::inner
