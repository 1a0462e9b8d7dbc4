// SPDX-License-Identifier: MIT
#include "pages/file_table.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "unit/pages/temporary.hpp"

namespace berth::host::pages {
namespace {

using testing::HasSubstr;

class FileTableOf : public testing::Test {
protected:
    FileTableOf() {
        files_.write("chat/index.html", "<p>chat</p>");
        files_.write("chat/chat.js", "1");
        files_.write("chat/sub/a file.txt", "text");
        files_.write("chat/.git/config", "secret");
        files_.write("secret", "secret");
    }
    [[nodiscard]] FileTable table() const {
        auto read = FileTable::read({{"/chat", files_.path() / "chat"}});
        if (!read) std::abort();
        return std::move(*read);
    }
    TemporaryFiles files_;
};

TEST_F(FileTableOf, a_directory_has_its_files_under_the_prefix) {
    const FileTable table = this->table();

    ASSERT_NE(table.find("/chat/index.html"), nullptr);
    EXPECT_EQ(table.find("/chat/index.html")->body, "<p>chat</p>");
    EXPECT_EQ(table.find("/chat/index.html")->media_type, "text/html; charset=utf-8");
    EXPECT_EQ(table.find("/chat/")->body, "<p>chat</p>");
    EXPECT_EQ(table.find("/chat/chat.js")->media_type, "text/javascript; charset=utf-8");
    EXPECT_EQ(table.find("/chat"), nullptr);
    EXPECT_TRUE(table.is_directory_without_slash("/chat"));
    EXPECT_FALSE(table.is_directory_without_slash("/chat/sub"));
}

TEST_F(FileTableOf, names_are_kept_as_a_browser_writes_them) {
    EXPECT_NE(table().find("/chat/sub/a%20file.txt"), nullptr);
    EXPECT_EQ(table().find("/chat/sub/a file.txt"), nullptr);
}

TEST_F(FileTableOf, leaves_out_hidden_files_links_and_devices) {
    std::filesystem::create_symlink(files_.path() / "secret", files_.path() / "chat" / "link.txt");
    std::filesystem::create_directory_symlink(files_.path(), files_.path() / "chat" / "up");
    ASSERT_EQ(::mkfifo((files_.path() / "chat" / "pipe").c_str(), 0600), 0);

    const FileTable table = this->table();

    EXPECT_EQ(table.size(), 4u);
    for (const auto& [path, file] : table.files())
        EXPECT_THAT(file.body, testing::Not(HasSubstr("secret"))) << path;
}

TEST_F(FileTableOf, refuses_a_directory_that_is_not_there) {
    const auto read = FileTable::read({{"/chat", "/does/not/exist"}});

    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().message, "pages /chat: directory /does/not/exist: No such file or directory");
}

TEST_F(FileTableOf, is_bounded) {
    const auto sentence = [&](const FileTable::Limits& limits) {
        const auto read = FileTable::read({{"/chat", files_.path() / "chat"}}, limits);
        return read ? "read" : read.error().message;
    };
    EXPECT_THAT(sentence({.files_max = 1}), HasSubstr("more than 1 files"));
    EXPECT_THAT(sentence({.file_bytes_max = 3}), HasSubstr("larger than 3 bytes"));
    EXPECT_THAT(sentence({.total_bytes_max = 12}), HasSubstr("with it the files pass 12 bytes"));
    EXPECT_THAT(sentence({.depth_max = 0}), HasSubstr("nested too deep"));
}

TEST_F(FileTableOf, the_root_may_be_a_prefix) {
    const auto table = FileTable::read({{"/", files_.path() / "chat"}});

    EXPECT_NE(table->find("/chat.js"), nullptr);
    EXPECT_NE(table->find("/"), nullptr);
}

}  // namespace
}  // namespace berth::host::pages
