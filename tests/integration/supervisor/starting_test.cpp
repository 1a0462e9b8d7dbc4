// SPDX-License-Identifier: MIT
// What keeps a host from starting, in its own words, and what it leaves alone then.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test_host.hpp"

namespace berth::test {
namespace {

using ::testing::HasSubstr;

/// A directory with everything that a host needs.
struct Place {
    Place() {
        for (const char* name : {"plugins", "state", "run"}) std::filesystem::create_directory(directory / name);
        std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
    }
    void configure(const std::string& listen, const std::string& plugins = "plugins", const std::string& state = "state") {
        write_file(directory / "berth.toml", "[host]\nplugins = \"" + (directory / plugins).string() + "\"\nstate = \"" +
                                                 (directory / state).string() + "\"\nrun = \"" +
                                                 (directory / "run").string() + "\"\n[[listen]]\n" + listen + "\n");
    }
    Output serve() const { return run({berth_executable(), "serve", "--config", directory / "berth.toml"}); }

    TempDir directory;
};

/// A port that this test holds.
struct TakenPort {
    TakenPort() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 1) != 0) std::abort();
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
    }
    ~TakenPort() { ::close(fd); }
    int fd;
    unsigned port = 0;
};

}  // namespace

TEST(Starting, a_port_in_use_is_said_with_its_remedy) {
    Place place;
    const TakenPort taken;
    place.configure("address = \"127.0.0.1:" + std::to_string(taken.port) + "\"");

    const Output ended = place.serve();

    EXPECT_EQ(ended.exit_code, 69);
    EXPECT_EQ(ended.err, "berth: listen on 127.0.0.1:" + std::to_string(taken.port) +
                             ": the port is in use by another program; end that one (ss -ltnp shows it), or write "
                             "another address under [[listen]] in " +
                             (place.directory / "berth.toml").string() + "\n");
    EXPECT_EQ(ended.out, "");
}

TEST(Starting, a_port_of_the_pages_in_use_is_said_as_theirs) {
    Place place;
    const TakenPort taken;
    place.configure("address = \"127.0.0.1:0\"\n[pages]\naddress = \"127.0.0.1:" + std::to_string(taken.port) + "\"");

    const Output ended = place.serve();

    EXPECT_EQ(ended.exit_code, 69);
    EXPECT_THAT(ended.err, HasSubstr("or write another address under [pages] in " +
                                     (place.directory / "berth.toml").string() + "\n"));
}

TEST(Starting, a_port_in_use_leaves_nothing_behind) {
    Place place;
    std::filesystem::remove(place.directory / "state");
    const TakenPort taken;
    place.configure("address = \"127.0.0.1:" + std::to_string(taken.port) + "\"");

    EXPECT_EQ(place.serve().exit_code, 69);

    EXPECT_FALSE(std::filesystem::exists(place.directory / "state"));
    EXPECT_TRUE(std::filesystem::is_empty(place.directory / "run"));
    EXPECT_TRUE(std::filesystem::is_empty(place.directory / "plugins"));
}

TEST(Starting, a_state_that_the_projects_user_cannot_reach_is_said_with_directory_user_and_remedy) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: only root hands its work to another user";
    Place place;
    const auto home = place.directory / "home";
    std::filesystem::create_directory(home);
    std::filesystem::permissions(home, std::filesystem::perms{0700});
    place.configure("address = \"127.0.0.1:0\"", "plugins", "home/state");

    const Output ended = place.serve();
    const Output checked = run({berth_executable(), "check", "--config", place.directory / "berth.toml"});

    EXPECT_EQ(ended.exit_code, 78);
    EXPECT_EQ(checked.exit_code, 1);
    for (const auto& said : {ended.err, checked.out}) {
        EXPECT_THAT(said, HasSubstr("host.state: " + (home / "state").string() + " can not be reached by the user "));
        EXPECT_THAT(said, HasSubstr(": " + home.string() + " is closed to it (mode 0700): chmod o+x " + home.string() +
                                    ", or name another directory"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(home));
}

TEST(Starting, a_key_that_does_not_fit_its_certificate_is_said_by_check_and_by_serve_at_its_place) {
    Place place;
    place.configure("address = \"127.0.0.1:0\"\ntls = { certificate = \"cert.pem\", key = \"key.pem\" }");
    const auto key = place.directory / "key.pem";
    const auto put = [&](const std::string& certificate_pem, const std::string& key_pem) {
        write_file(place.directory / "cert.pem", certificate_pem);
        write_file(key, key_pem);
        std::filesystem::permissions(key, std::filesystem::perms{0600});
    };
    const auto said_by_both = [&](const std::string& sentence) {
        const Output ended = place.serve();
        const Output checked = run({berth_executable(), "check", "--config", place.directory / "berth.toml"});
        EXPECT_EQ(ended.exit_code, 78);
        EXPECT_EQ(checked.exit_code, 1);
        EXPECT_THAT(ended.err, HasSubstr(sentence));
        EXPECT_THAT(checked.out, HasSubstr(sentence));
    };
    const auto certificate = make_certificate(), other = make_certificate(), expired = make_certificate({.to_s = -60});
    const std::string file = (place.directory / "berth.toml").string();

    put(certificate.certificate_pem, other.key_pem);
    said_by_both("listen.0.tls.key: " + key.string() + ": it doesn't belong to the certificate");
    said_by_both(file + ":7:");
    put(expired.certificate_pem, expired.key_pem);
    said_by_both("listen.0.tls.certificate: " + (place.directory / "cert.pem").string() + ": it has expired; renew it");
    put("no certificate", certificate.key_pem);
    said_by_both("listen.0.tls.certificate: " + (place.directory / "cert.pem").string() + ": ");
    EXPECT_FALSE(std::filesystem::exists(place.directory / "state/registry.json"));
}

TEST(Starting, libraries_in_a_directory_that_only_the_host_itself_can_reach_are_served) {
    TestHost host{{.projects = {shipped_project("echo")}}};
    std::filesystem::permissions(host.plugins(), std::filesystem::perms{0700});

    host.install(fixture_project("greeter_1"));

    EXPECT_TRUE(host.project_is("greeter_1", "open"));
}

TEST(Starting, a_missing_plugins_directory_is_said_and_nothing_is_made) {
    Place place;
    place.configure("address = \"127.0.0.1:0\"", "nowhere");

    const Output ended = place.serve();

    EXPECT_EQ(ended.exit_code, 78);
    EXPECT_THAT(ended.err, HasSubstr((place.directory / "nowhere").string()));
    EXPECT_FALSE(std::filesystem::exists(place.directory / "nowhere"));
    EXPECT_TRUE(std::filesystem::is_empty(place.directory / "state"));
}

TEST(Starting, a_second_host_on_the_same_state_refuses_and_the_first_goes_on) {
    TestHost first{{.projects = {shipped_project("echo")}}};
    Place place;
    write_file(place.directory / "berth.toml", "[host]\nplugins = \"" + first.plugins().string() + "\"\nstate = \"" +
                                                   first.state().string() + "\"\nrun = \"" +
                                                   (place.directory / "run").string() +
                                                   "\"\n[[listen]]\naddress = \"127.0.0.1:0\"\n");

    const Output ended = place.serve();

    EXPECT_EQ(ended.exit_code, 69);
    EXPECT_EQ(ended.err, "berth: state directory " + first.state().string() + ": another host (process " +
                             std::to_string(first.pid()) + ") uses it; stop that one, or give this one its own host.state\n");
    auto client = first.connect("/echo");
    EXPECT_TRUE(client.says("hi"));
    EXPECT_EQ(client.hears(), "hi");
}

TEST(Starting, says_on_one_line_when_it_is_ready_and_where) {
    TestHost host{{.projects = {shipped_project("echo")}}};
    EXPECT_TRUE(host.logs("berth is ready: ws://127.0.0.1:" + std::to_string(host.ws().port)));
}

}  // namespace berth::test
