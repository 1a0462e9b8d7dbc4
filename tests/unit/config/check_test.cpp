// SPDX-License-Identifier: MIT
#include "config/check.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

/// A machine on which everything fits, to be spoiled in one point.
class Check : public testing::Test {
protected:
    Check() {
        chmod(directory_.path().c_str(), 0755);  // As whatever user the machine has for children.
        std::filesystem::create_directory(at("plugins"));
        std::filesystem::create_directory(at("www"));
        chmod(at("www").c_str(), 0755);
        chmod(at("plugins").c_str(), 0755);
        (void)directory_.write("cert.pem", "certificate");
        (void)directory_.write("key.pem", "key");
        chmod(at("key.pem").c_str(), 0600);
    }
    [[nodiscard]] std::string at(const std::string& name) const {
        return (directory_.path() / name).string();
    }
    [[nodiscard]] std::string said(const std::string& more = "", const std::string& state = "a/b/state") const {
        const std::string name =
            directory_
                .write("berth.toml", "[host]\nplugins = 'plugins'\nstate = '" + state + "'\nrun = 'run'\n" +
                                         more +
                                         "[[listen]]\naddress = '127.0.0.1:0'\n"
                                         "tls = { certificate = 'cert.pem', key = 'key.pem' }\n"
                                         "[pages]\nstatic = { '/' = 'www' }\n")
                .string();
        const auto result = load(name);
        if (!result) return result.error().text();
        std::string lines;
        for (const Finding& finding : check(*result))
            lines += (finding.severity == Finding::Severity::warning ? "warning " : "") +
                     finding.diagnostic.text() + "\n";
        // Short names, as the file's directory is another one each time.
        for (std::size_t found; (found = lines.find(directory_.path().string() + "/")) != std::string::npos;)
            lines.erase(found, directory_.path().string().size() + 1);
        return lines;
    }

    Directory directory_;
};

TEST_F(Check, finds_nothing_where_everything_fits) {
    EXPECT_EQ(said(), "");
}

TEST_F(Check, says_how_to_make_a_missing_plugins_directory) {
    std::filesystem::remove(at("plugins"));

    EXPECT_EQ(
        said(),
        "berth.toml:2:11: host.plugins: there is no directory plugins: create it with mkdir -p plugins, or "
        "name another\n");
}

TEST_F(Check, wants_directories_where_directories_are_named) {
    std::filesystem::remove(at("plugins"));
    (void)directory_.write("plugins", "");
    (void)directory_.write("a", "");

    EXPECT_EQ(
        said(),
        "berth.toml:2:11: host.plugins: plugins is not a directory: create it with mkdir -p plugins, or name "
        "another\nberth.toml:3:9: host.state: a/b/state can not be made: a is not a directory: name another "
        "one\n");
}

TEST_F(Check, warns_of_a_plugins_directory_that_everybody_can_write) {
    chmod(at("plugins").c_str(), 0777);

    EXPECT_EQ(said(),
              "warning berth.toml:2:11: host.plugins: plugins can be written by everybody, who could run "
              "code here: "
              "chmod o-w plugins\n");
}

TEST_F(Check, refuses_a_key_that_others_can_read) {
    chmod(at("key.pem").c_str(), 0640);

    EXPECT_EQ(said(),
              "berth.toml:7:41: listen.0.tls.key: key.pem can be used by others than its owner: chmod 600 "
              "key.pem\n");
}

TEST_F(Check, refuses_certificates_that_are_not_there_and_directories_in_their_place) {
    std::filesystem::remove(at("cert.pem"));
    std::filesystem::remove(at("key.pem"));
    std::filesystem::create_directory(at("key.pem"));

    EXPECT_EQ(said(),
              "berth.toml:7:23: listen.0.tls.certificate: cert.pem can not be read: No such file or "
              "directory; name "
              "a PEM file that this user may read\n"
              "berth.toml:7:41: listen.0.tls.key: key.pem is not a file: name a PEM file\n");
}

TEST_F(Check, misses_directories_of_pages) {
    std::filesystem::remove(at("www"));

    EXPECT_EQ(
        said(),
        "berth.toml:9:18: pages.static.\"/\": there is no directory www: create it, or name the directory "
        "that has the pages\n");
}

TEST_F(Check, knows_the_users_of_this_machine) {
    EXPECT_EQ(said("user = 'no-such-user'\n"),
              "berth.toml:5:8: host.user: there is no user no-such-user on this machine: create it with "
              "useradd --system "
              "no-such-user, or name another\n");
}

TEST_F(Check, knows_the_groups_of_this_machine) {
    EXPECT_EQ(said("group = 'no-such-group'\n"),
              "berth.toml:5:9: host.group: there is no group no-such-group on this machine: create it with "
              "groupadd --system no-such-group, or name another\n");
}

/// Root starts the host, nobody runs the projects.
class CheckForChildren : public Check {
protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "needs root: only root hands its work to another user";
        std::filesystem::create_directory(at("private"));
        chmod(at("private").c_str(), 0700);
    }
    /// The sentence about one key, with the user that this machine has for it.
    static std::string closed(const std::string& what, const std::string& directory, const std::string& remedy) {
        const std::string user = getpwnam("berth") ? "berth" : "nobody";
        return what + " can not be reached by the user " + user + ", as whom the host's children run: " + directory +
               " is closed to it (mode 0700): " + remedy + directory + ", or name another directory\n";
    }
};

TEST_F(CheckForChildren, finds_the_directory_above_the_state_that_they_cannot_pass) {
    for (const char* state : {"private/state", "private/a/b", "private"})
        EXPECT_EQ(said("", state), closed("berth.toml:3:9: host.state: " + std::string(state), "private", "chmod o+x "));

    chmod(at("private").c_str(), 0711);

    EXPECT_EQ(said("", "private/state"), "");
}

TEST_F(CheckForChildren, follows_links) {
    std::filesystem::create_directory_symlink(at("private"), at("link"));

    EXPECT_EQ(said("", "link/state"), closed("berth.toml:3:9: host.state: link/state", "private", "chmod o+x "));
}

TEST_F(CheckForChildren, finds_pages_that_they_cannot_read) {
    chmod(at("www").c_str(), 0700);

    EXPECT_EQ(said(), closed("berth.toml:9:18: pages.static.\"/\": www", "www", "chmod o+rx "));

    chmod(at("www").c_str(), 0711);

    EXPECT_NE(said(), "") << "to pass it is not to list it";
}

TEST_F(CheckForChildren, says_nothing_where_they_are_root_too_nor_about_libraries_that_the_host_copies_itself) {
    EXPECT_EQ(said("user = 'root'\n", "private/state"), "");
    chmod(at("plugins").c_str(), 0700);
    EXPECT_EQ(said(), "");
}

TEST_F(Check, sees_what_an_ordinary_user_may_not_do) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody else";
    chmod(directory_.path().c_str(), 0755);
    chmod(at("plugins").c_str(), 0700);
    ASSERT_EQ(seteuid(65'534), 0);

    std::string text;
    {
        auto all = load(
            {}, {.environment = {},
                 .command_line = {
                     {"host.plugins", at("plugins")}, {"host.state", at("state")}, {"host.run", at("run")}}});
        ASSERT_TRUE(all);
        text = errors_of(check(*all)).text();
    }
    ASSERT_EQ(seteuid(0), 0);

    EXPECT_EQ(text, "command line host.plugins: host.plugins: " + at("plugins") +
                        " can not be read: Permission denied; give this user access\n"
                        "command line host.state: host.state: " +
                        at("state") + " can not be made in " + directory_.path().string() +
                        ": Permission denied; give this user access, or name another directory\n"
                        "command line host.run: host.run: " +
                        at("run") + " can not be made in " + directory_.path().string() +
                        ": Permission denied; give this user access, or name another directory\n");
}

}  // namespace
}  // namespace berth::host::config
