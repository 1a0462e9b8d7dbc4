// SPDX-License-Identifier: MIT
// `berth new`, the commands of the README that it writes, and a first message.
#include <ostream>

#include "integration/author/installed.hpp"
#include "support/test_host.hpp"

namespace berth::test {

using ::testing::HasSubstr;

namespace {

struct Wish {
    std::string language;
    std::string parts;
    friend void PrintTo(const Wish& wish, std::ostream* out) { *out << wish.language << " with " << wish.parts; }
};

class New : public ::testing::TestWithParam<Wish> {
protected:
    static void SetUpTestSuite() {
        installed = new Installed;
        host = new TestHost(HostOptions{.tls = false});
    }
    static void TearDownTestSuite() {
        delete host;
        delete installed;
    }
    static Output shell(const std::string& script, const std::filesystem::path& where) {
        return must({"sh", "-ec", "cd '" + where.string() + "'\n" + script}, installed->environment(host->control_socket()));
    }

    inline static Installed* installed = nullptr;
    inline static TestHost* host = nullptr;
    TempDir work{"berth-author"};
};

std::vector<Wish> wishes() {
    std::vector<Wish> all;
    for (const auto* language : {"cpp", "c", "rust"}) {
        for (const auto* parts : {"", "database", "page", "test", "database,page,test"}) all.push_back({language, parts});
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Wishes, New, ::testing::ValuesIn(wishes()), [](const auto& wish) {
    std::string name = wish.param.language + "_" + wish.param.parts;
    std::replace(name.begin(), name.end(), ',', '_');
    return name.back() == '_' ? name + "bare" : name;
});

}  // namespace

TEST_P(New, project_is_built_tested_and_deployed_by_the_commands_of_its_readme) {
    const Wish& wish = GetParam();
    const std::string name = wish.language + "-" + std::to_string(wish.parts.size());
    std::filesystem::permissions(work.path(), std::filesystem::perms{0755});
    shell("berth new " + name + " --lang " + wish.language + (wish.parts.empty() ? "" : " --with " + wish.parts),
          work.path());
    const auto directory = work / name;
    const auto commands = fences(directory / "README.md", "sh");
    ASSERT_EQ(commands.size(), 1u);
    EXPECT_EQ(std::count(commands[0].begin(), commands[0].end(), '\n'), 3) << "three commands\n" << commands[0];

    shell(commands[0], directory);

    ASSERT_TRUE(host->project_is(name, "open"));
    auto ana = host->connect("/" + name);
    EXPECT_EQ(ana.hears(), "welcome to " + name);
    const bool has_database = wish.parts.find("database") != std::string::npos;
    for (const int number : {1, 2}) {
        ana.says("hello");
        EXPECT_EQ(ana.hears(), std::to_string(number) + (has_database ? " of " + std::to_string(number) : "") + ": hello");
    }
    if (wish.parts.find("page") != std::string::npos) {
        must({"node", "--check", directory / "page/page.js"});
        EXPECT_THAT(read_file(directory / "page/page.js"), HasSubstr("/" + name));
    }
    ana.closes();
    EXPECT_EQ(ana.closed().code, 1000u);
    EXPECT_TRUE(host->logs("gone with 1000 after 2 messages"));
    EXPECT_EQ(host->cli({"remove", name}).exit_code, 0);
}

}  // namespace berth::test
