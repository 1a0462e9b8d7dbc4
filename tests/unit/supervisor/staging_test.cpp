// SPDX-License-Identifier: MIT
#include "supervisor/staging.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "supervisor/state_directory.hpp"
#include "support/temp_dir.hpp"

namespace berth::host::supervisor {
namespace {

class Staging : public ::testing::Test {
protected:
    Staging() {
        std::filesystem::create_directory(plugins);
        std::filesystem::create_directory(staging);
        ::chmod(plugins.c_str(), 0755);
    }
    std::filesystem::path write(const std::string& name, const std::string& content, mode_t mode = 0644) {
        std::ofstream(plugins / name) << content;
        ::chmod((plugins / name).c_str(), mode);
        return plugins / name;
    }
    static std::string read(const std::filesystem::path& path) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    std::string error_of(const std::filesystem::path& file) {
        const auto staged = stage(file, staging);
        return staged ? "staged" : staged.error().message;
    }
    [[nodiscard]] bool is_staging_empty() const { return std::filesystem::is_empty(staging); }

    test::TempDir directory;
    std::filesystem::path plugins = directory / "plugins";
    std::filesystem::path staging = directory / "staging";
};

TEST_F(Staging, can_be_read_by_the_projects_user_whatever_the_umask) {
    const mode_t before = ::umask(0077);
    const auto state = StateDirectory::open(directory / "a" / "b" / "state");
    const auto staged = state ? stage(write("chat.so", "abc"), state->staging()) : fail(Code::failed, "no state");
    ::umask(before);

    ASSERT_TRUE(state && staged);
    for (auto path = staged->path.parent_path(); path != directory.path(); path = path.parent_path()) {
        EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0755}) << path;
    }
    EXPECT_EQ(std::filesystem::status(staged->path).permissions(), std::filesystem::perms{0444});
}

TEST_F(Staging, copies_the_file_under_its_hash_and_keeps_its_name) {
    const auto staged = stage(write("chat.so", "abc"), staging);

    ASSERT_TRUE(staged.has_value()) << staged.error().message;
    EXPECT_EQ(staged->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(staged->path, staging / staged->sha256 / "chat.so");
    EXPECT_EQ(read(staged->path), "abc");
}

TEST_F(Staging, is_not_touched_by_what_happens_to_the_file_later) {
    const auto file = write("chat.so", "one");
    const auto first = stage(file, staging);
    std::ofstream(file) << "two";

    const auto second = stage(file, staging);

    ASSERT_TRUE(first && second);
    EXPECT_EQ(read(first->path), "one");
    EXPECT_EQ(read(second->path), "two");
}

TEST_F(Staging, refuses_a_symbolic_link_and_leaves_nothing_behind) {
    write("real.so", "x");
    std::filesystem::create_symlink("real.so", plugins / "link.so");

    EXPECT_EQ(error_of(plugins / "link.so"), "it is a symbolic link; put the file itself there");
    EXPECT_TRUE(is_staging_empty());
}

TEST_F(Staging, refuses_a_file_that_others_may_write) {
    EXPECT_EQ(error_of(write("chat.so", "x", 0666)),
              "it may be written by others (mode 0666); take that away with chmod go-w");
    EXPECT_TRUE(is_staging_empty());
}

TEST_F(Staging, refuses_a_directory_that_others_may_write) {
    const auto file = write("chat.so", "x");
    ::chmod(plugins.c_str(), 0777);

    EXPECT_EQ(error_of(file), "its directory may be written by others (mode 0777); take that away with chmod go-w");
}

TEST_F(Staging, refuses_an_empty_file) { EXPECT_EQ(error_of(write("chat.so", "")), "it is empty"); }

TEST_F(Staging, refuses_what_is_no_regular_file_without_waiting_for_it) {
    ASSERT_EQ(::mkfifo((plugins / "pipe.so").c_str(), 0600), 0);

    EXPECT_EQ(error_of(plugins / "pipe.so"), "it is not a regular file");
}

TEST_F(Staging, says_that_a_file_is_gone) {
    EXPECT_EQ(error_of(plugins / "none.so"), "open it: No such file or directory");
}

TEST_F(Staging, keeps_the_other_name_of_the_same_content_when_one_is_discarded) {
    const auto a = stage(write("a.so", "same"), staging);
    const auto b = stage(write("b.so", "same"), staging);
    ASSERT_TRUE(a && b);

    discard(*a);

    EXPECT_FALSE(std::filesystem::exists(a->path));
    EXPECT_EQ(read(b->path), "same");
    discard(*b);
    EXPECT_TRUE(is_staging_empty());
}

TEST_F(Staging, clears_what_an_earlier_host_left) {
    ASSERT_TRUE(stage(write("chat.so", "x"), staging));
    std::ofstream(staging / ".copy-abcdef") << "half";

    clear_staging(staging, [](const StagedLibrary&) { return false; });

    EXPECT_TRUE(is_staging_empty());
}

TEST_F(Staging, keeps_what_somebody_wants_to_go_back_to) {
    const auto kept = stage(write("chat.so", "x"), staging), other = stage(write("echo.so", "x"), staging);

    clear_staging(staging, [&](const StagedLibrary& staged) { return staged.path == kept->path && staged.sha256 == kept->sha256; });

    EXPECT_EQ(read(kept->path), "x");
    EXPECT_FALSE(std::filesystem::exists(other->path));
}

}  // namespace
}  // namespace berth::host::supervisor
