// SPDX-License-Identifier: MIT
#include "supervisor/scan.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint begin{1h};

PluginFile file(const std::string& stem, std::int64_t content, std::int64_t age_ms = 0) {
    return {.path = "/plugins/" + stem + ".so", .stem = stem, .identity = {.size = content}, .age_ms = age_ms};
}

std::vector<std::string> names_of(const std::vector<PluginFile>& files) {
    std::vector<std::string> names;
    for (const auto& f : files) names.push_back(f.stem);
    return names;
}

TEST(Scan, hands_out_old_files_at_the_first_look) {
    Scan scan;

    const auto found = scan.look({file("a", 1, 1000), file("b", 1, 1000)}, begin);

    EXPECT_THAT(names_of(found.changed), ElementsAre("a", "b"));
    EXPECT_FALSE(found.is_unsettled);
}

TEST(Scan, leaves_a_fresh_file_alone_until_it_has_been_quiet) {
    Scan scan;
    EXPECT_TRUE(scan.look({file("a", 1)}, begin).is_unsettled);
    EXPECT_THAT(scan.look({file("a", 2)}, begin + 200ms).changed, IsEmpty());
    EXPECT_THAT(scan.look({file("a", 2)}, begin + 400ms).changed, IsEmpty());

    EXPECT_THAT(names_of(scan.look({file("a", 2)}, begin + 500ms).changed), ElementsAre("a"));
}

TEST(Scan, is_not_quiet_while_something_writes_to_the_file) {
    Scan scan;
    static_cast<void>(scan.look({file("a", 1)}, begin));
    scan.disturbed("/plugins/a.so", begin + 250ms);

    EXPECT_TRUE(scan.look({file("a", 1)}, begin + 300ms).is_unsettled);
    EXPECT_THAT(names_of(scan.look({file("a", 1)}, begin + 550ms).changed), ElementsAre("a"));
}

TEST(Scan, hands_out_each_content_once) {
    Scan scan;
    static_cast<void>(scan.look({file("a", 1, 1000)}, begin));
    EXPECT_THAT(scan.look({file("a", 1)}, begin + 2s).changed, IsEmpty());

    static_cast<void>(scan.look({file("a", 2)}, begin + 4s));
    EXPECT_THAT(names_of(scan.look({file("a", 2)}, begin + 5s).changed), ElementsAre("a"));
    EXPECT_THAT(scan.look({file("a", 2)}, begin + 6s).changed, IsEmpty());
}

TEST(Scan, says_once_that_a_file_is_gone) {
    Scan scan;
    static_cast<void>(scan.look({file("a", 1, 1000)}, begin));

    EXPECT_THAT(scan.look({}, begin + 1s).gone, ElementsAre("/plugins/a.so"));
    EXPECT_THAT(scan.look({}, begin + 2s).gone, IsEmpty());
}

TEST(Scan, hands_a_forgotten_file_out_again) {
    Scan scan;
    static_cast<void>(scan.look({file("a", 1, 1000)}, begin));

    scan.forget("/plugins/a.so");

    EXPECT_THAT(names_of(scan.look({file("a", 1)}, begin + 1s).changed), ElementsAre("a"));
}

TEST(Scan, lists_libraries_and_links_but_neither_hidden_names_nor_folders) {
    const test::TempDir directory;
    for (const char* name : {"b.so", "a.so", ".upload.so", "c.txt"}) std::ofstream(directory / name) << "x";
    std::filesystem::create_directory(directory / "d.so");
    std::filesystem::create_symlink("a.so", directory / "e.so");

    const auto files = list_plugins(directory.path());

    ASSERT_TRUE(files.has_value());
    EXPECT_THAT(names_of(*files), ElementsAre("a", "b", "e"));
}

TEST(Scan, says_which_directory_cannot_be_read) {
    const auto files = list_plugins("/nowhere/plugins");

    ASSERT_FALSE(files.has_value());
    EXPECT_EQ(files.error().message, "read the plugins directory /nowhere/plugins: No such file or directory");
}

}  // namespace
}  // namespace berth::host::supervisor
