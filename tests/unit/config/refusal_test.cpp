// SPDX-License-Identifier: MIT
// Every wrong configuration gets its exact sentence.
#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

struct Case {
    const char* toml;
    const char* sentence;
};

void PrintTo(const Case& one, std::ostream* out) {
    *out << testing::PrintToString(one.toml);
}

class Refusals : public testing::TestWithParam<Case> {};

TEST_P(Refusals, have_place_key_reason_and_remedy) {
    EXPECT_EQ(refusal(GetParam().toml), std::string(GetParam().sentence) + "\n");
}

const Case keys_cases[] = {
    {"[host]\nplugin = '/x'\n", "berth.toml:2:1: host.plugin: unknown key; did you mean plugins?"},
    {"[host]\nping = '1 s'\n",
     "berth.toml:2:1: host.ping: unknown key here; its place is defaults.limits.ping"},
    {"[defaults]\ninterval = '1 s'\n",
     "berth.toml:2:1: defaults.interval: unknown key here; its place is project.NAME.interval"},
    {"[pages]\nzzzzz = 1\n",
     "berth.toml:2:1: pages.zzzzz: unknown key; known here: address, insecure, hosts, static"},
    {"[hots]\n", "berth.toml:1:2: hots: unknown table; did you mean host?"},
    {"[zzzzz]\n",
     "berth.toml:1:2: zzzzz: unknown table; known are host, listen, pages, defaults and project.NAME"},
    {"host = 1\n", "berth.toml:1:1: host: a whole number stands here, but a table is expected: [host]"},
    {"[defaults]\nlimits = 5\n",
     "berth.toml:2:1: defaults.limits: a whole number stands here, but a table is expected: "
     "[defaults.limits]"},
    {"[listen]\naddress = '127.0.0.1:1'\n",
     "berth.toml:1:2: listen: there may be several: write [[listen]] with two brackets"},
    {"listen = []\n",
     "berth.toml: listen: there is nothing to listen on: leave the key out, or write a [[listen]]"},
    {"listen = [1]\n", "berth.toml:1:11: listen.0: a table is expected: write [[listen]] and its keys below"},
    {"[[listen]]\n",
     "berth.toml:1:1: listen.0.address: an address is missing: write address = \"127.0.0.1:7681\""},
    {"project = 1\n",
     "berth.toml:1:1: project: a whole number stands here, but a table is expected: [project.NAME]"},
    {"[project.Chat]\n",
     "berth.toml:1:10: project.\"Chat\": \"Chat\" can not be a project's name: 1 to 64 of a-z, 0-9, _ and -, "
     "a letter or "
     "digit first"},
    {"[project]\nchat = true\n",
     "berth.toml:2:1: project.chat: true stands here, but a table is expected: [project.chat]"},
    {"[host\n", "berth.toml:1:6: this is not TOML: expected ']', saw '\\n' in a table header"},
    {"[host]\nio_threads = 1\nio_threads = 2\n",
     "berth.toml:3:14: this is not TOML: cannot redefine existing integer 'io_threads' in a key-value pair"},
};
INSTANTIATE_TEST_SUITE_P(Keys, Refusals, testing::ValuesIn(keys_cases));

const Case value_cases[] = {
    {"[host]\nio_threads = 65\n", "berth.toml:2:14: host.io_threads: 65 is too large: at most 64"},
    {"[host]\nio_threads = -1\n",
     "berth.toml:2:14: host.io_threads: -1 is negative: a whole number such as 100 is expected"},
    {"[host]\nio_threads = 1.0\n",
     "berth.toml:2:14: host.io_threads: a real number stands here, but a whole number such as 100 is "
     "expected"},
    {"[host.limits]\nheader_count = 0\n",
     "berth.toml:2:16: host.limits.header_count: 0 is too small: at least 8"},
    {"[host.limits]\nhead = '0'\n", "berth.toml:2:8: host.limits.head: 0 s is too small: at least 1 ms"},
    {"[host.limits]\nhead = '2 h'\n", "berth.toml:2:8: host.limits.head: 2 h is too large: at most 10 min"},
    {"[host.limits]\nheader_bytes = '1 B'\n",
     "berth.toml:2:16: host.limits.header_bytes: 1 B is too small: at least 512 B"},
    {"[host]\nstate = ''\n",
     "berth.toml:2:9: host.state: the path is empty: write one, or leave the key out"},
    {"[host]\nstate = 5\n",
     "berth.toml:2:9: host.state: a whole number stands here, but a path such as \"/srv/berth\" is expected"},
    {"[host]\nuser = 'A b'\n",
     "berth.toml:2:9: host.user: \"A b\" is not a user: lower-case letters, digits, - and _ only"},
    {"[pages]\nhosts = ['*.example.org']\n",
     "berth.toml:2:11: pages.hosts: \"*.example.org\" is not a host name: write each name in full, as pages.example.org"},
    {"[host]\ngroup = 'wheel!'\n",
     "berth.toml:2:15: host.group: \"wheel!\" is not a group: lower-case letters, digits, - and _ only"},
    {"[host.log]\nformat = 'jsn'\n",
     "berth.toml:2:10: host.log.format: \"jsn\" is not one of \"human\", \"json\"; did you mean \"json\"?"},
    {"[defaults.limits]\nmessage = '64 XB'\n",
     "berth.toml:2:15: defaults.limits.message: \"64 XB\" is not a size: unknown unit: use B, KiB, MiB, GiB, "
     "kB, MB or GB"},
    {"[defaults.limits]\nmessage = '17 MiB'\n",
     "berth.toml:2:11: defaults.limits.message: 17 MiB is too large: at most 16 MiB"},
    {"[defaults.limits]\nmessage = '2 MiB'\n",
     "berth.toml:2:11: defaults.limits.message: a message of 2 MiB would never fit into an inbox of 1 MiB: "
     "raise "
     "limits.inbox or lower limits.message"},
    {"[project.a.limits]\ninbox = '1 KiB'\n",
     "berth.toml:2:9: project.a.limits.message: a message of 64 KiB would never fit into an inbox of 1 KiB: "
     "raise "
     "limits.inbox or lower limits.message"},
    {"[project.a.limits]\ninbox = '65 MiB'\n",
     "berth.toml:2:9: project.a.limits.inbox: an inbox of 65 MiB would never be filled where all clients together have 64 MiB: "
     "raise limits.inbox_total or lower limits.inbox"},
    {"[defaults.limits]\nping = '25 x'\n",
     "berth.toml:2:12: defaults.limits.ping: \"25 x\" is not a time: unknown unit: use d, h, min, s or ms"},
    {"[defaults.limits]\nping = \"\"\"1 s 1 h\"\"\"\n",
     "berth.toml:2:17: defaults.limits.ping: \"1 s 1 h\" is not a time: units go from large to small, each "
     "once"},
    {"[defaults.limits]\nping = -5\n",
     "berth.toml:2:8: defaults.limits.ping: \"-5\" is not a time: a duration is never negative"},
    {"[project.a]\ninterval = 20\n",
     "berth.toml:2:14: project.a.interval: \"20\" is not a time: a unit is missing: write \"20 s\" for seconds, "
     "\"20 ms\" for milliseconds"},
    {"[defaults.limits]\npong = ' 10 '\n",
     "berth.toml:2:12: defaults.limits.pong: \" 10 \" is not a time: a unit is missing: write \"10 s\" for seconds, "
     "\"10 ms\" for milliseconds"},
    {"[pages]\naddress = '7680'\n",
     "berth.toml:2:12: pages.address: \"7680\" is not an address: an address is missing: write 127.0.0.1:7680"},
    {"[pages]\naddress = '127.0.0.1'\n",
     "berth.toml:2:21: pages.address: \"127.0.0.1\" is not an address: a port is missing: write 127.0.0.1:7680"},
    {"[pages]\naddress = 7690\n",
     "berth.toml:2:11: pages.address: \"7690\" is not an address: an address is missing: write 127.0.0.1:7690"},
    {"[[listen]]\naddress = '7700'\n",
     "berth.toml:2:12: listen.0.address: \"7700\" is not an address: an address is missing: write 127.0.0.1:7700"},
    {"[defaults.limits]\nping = true\n",
     "berth.toml:2:8: defaults.limits.ping: true stands here, but a time such as \"20 s\" is expected"},
    {"[defaults]\norigins = 'x'\n",
     "berth.toml:2:11: defaults.origins: a text stands here, but a list of texts such as [\"a\", \"b\"] is "
     "expected"},
    {"[defaults]\norigins = ['a', 'https://b.org']\n",
     "berth.toml:2:18: defaults.origins: \"https://b.org\" is not an origin: host names are compared, "
     "without scheme and "
     "port: write b.org"},
    {"[defaults]\nsubprotocols = ['a', 'a']\n",
     "berth.toml:2:22: defaults.subprotocols: \"a\" stands in this list twice: remove one"},
    {"[defaults.limits]\nexecutors = 513\n", "berth.toml:2:13: defaults.limits.executors: 513 is too large: at most 512"},
    {"[host]\ntrusted_proxies = ['10.0.0.0/8', 'proxy.example.org']\n",
     "berth.toml:2:35: host.trusted_proxies: \"proxy.example.org\" is not an address or a network: write an address or a network "
     "in numbers, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32"},
    {"[host]\ntrusted_proxies = ['10.1.0.0/8']\n",
     "berth.toml:2:21: host.trusted_proxies: \"10.1.0.0/8\" is not an address or a network: it has bits behind its first 8: write "
     "10.0.0.0/8, or the address alone"},
    {"[host]\ntrusted_proxies = ['::/0']\n",
     "berth.toml:2:21: host.trusted_proxies: \"::/0\" is not an address or a network: that is everybody: name addresses or smaller "
     "networks"},
    {"[host]\ntrusted_proxies = ['::1', '0:0::1']\n",
     "berth.toml:2:27: host.trusted_proxies: \"::1\" stands in this list twice: remove one"},
    {"[host]\ntrusted_proxies = '10.0.0.0/8'\n",
     "berth.toml:2:19: host.trusted_proxies: a text stands here, but a list of texts such as [\"a\", \"b\"] is expected"},
    {"[defaults]\nsubprotocols = ['a b']\n",
     "berth.toml:2:19: defaults.subprotocols: \"a b\" is not a sub-protocol: this character is not allowed "
     "in a "
     "sub-protocol"},
    {"[project.a]\nenabled = 1\n",
     "berth.toml:2:11: project.a.enabled: a whole number stands here, but true or false is expected"},
    {"[project.a.database]\nfile = '../b/data.sqlite'\n",
     "berth.toml:2:9: project.a.database.file: \"../b/data.sqlite\" is not a file of this project: the file "
     "must lie in the "
     "project's directory: no .."},
    {"[pages]\nstatic = { 'chat' = '/srv' }\n",
     "berth.toml:2:12: pages.static.\"chat\": \"chat\" is not a path of a URL: the path under which a "
     "directory appears "
     "begins with /"},
};
INSTANTIATE_TEST_SUITE_P(Values, Refusals, testing::ValuesIn(value_cases));

const Case rule_cases[] = {
    {"[[listen]]\naddress = '0.0.0.0:7681'\n",
     "berth.toml:2:11: listen.0.address: 0.0.0.0:7681 can be reached from other machines, and TLS is "
     "required there: add "
     "tls = { certificate = \"FILE\", key = \"FILE\" }, or insecure = true where a proxy in front does TLS"},
    {"[host]\nconfinement = 'required'\n[project.chat]\nconfined = false\n",
     "berth.toml:4:12: project.chat.confined: host.confinement = \"required\" confines every project: remove confined = false, or "
     "say \"wanted\" there"},
    {"[host]\nconfinement = 'required'\n[defaults]\nisolation = 'none'\n",
     "berth.toml:4:13: defaults.isolation: host.confinement = \"required\" wants a process for each project: remove isolation = "
     "\"none\", or say \"wanted\" there"},
    {"[[listen]]\naddress = '127.0.0.1:1'\ninsecure = true\ntls = { certificate = 'a', key = 'b' }\n",
     "berth.toml:3:12: listen.0.insecure: insecure asks for plain text, tls for encryption: remove one of "
     "them"},
    {"[[listen]]\naddress = '127.0.0.1:1'\ntls = { certificate = 'a' }\n",
     "berth.toml:3:23: listen.0.tls.key: TLS needs the certificate's key: write key = \"FILE\" in the same "
     "table"},
    {"[[listen]]\naddress = '127.0.0.1:1'\n[listen.tls]\nkey = 'a'\n",
     "berth.toml:4:7: listen.0.tls.certificate: TLS needs a certificate: write certificate = \"FILE\" in the "
     "same table"},
    {"[[listen]]\naddress = '127.0.0.1:1'\n[[listen]]\naddress = '127.0.0.1:1'\n",
     "berth.toml:4:11: listen.1.address: 127.0.0.1:1 is taken by listen.0.address: choose another port"},
    {"[pages]\naddress = '127.0.0.1:7681'\n",
     "berth.toml:2:11: pages.address: 127.0.0.1:7681 is taken by listen.0.address: choose another port"},
    {"[pages]\naddress = '[::]:80'\n",
     "berth.toml:2:11: pages.address: [::]:80 can be reached from other machines, and pages have no TLS: "
     "listen on "
     "127.0.0.1, or write insecure = true where a proxy in front does TLS"},
    {"[host]\nrun = "
     "'/"
     "a123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789'"
     "\n",
     "berth.toml:2:7: host.control: "
     "\"/a12345678901234567890123456789012345678901234567890123456789012345678901234567890123"
     "4567890123456789/control.sock\" is too long for a UNIX socket: at most 107 bytes; choose a shorter "
     "directory"},
};
INSTANTIATE_TEST_SUITE_P(Rules, Refusals, testing::ValuesIn(rule_cases));

TEST(Refusal, says_all_that_is_wrong_from_top_to_bottom) {
    EXPECT_EQ(
        refusal(
            "[project.b]\ninterval = 'x'\n[host]\nplugin = 1\nio_threads = 99\n[[listen]]\naddress = ':1'\n"),
        "berth.toml:2:13: project.b.interval: \"x\" is not a time: a number is expected here\n"
        "berth.toml:4:1: host.plugin: unknown key; did you mean plugins?\n"
        "berth.toml:5:14: host.io_threads: 99 is too large: at most 64\n"
        "berth.toml:7:12: listen.0.address: \":1\" is not an address: an address is missing: write "
        "127.0.0.1:1 for "
        "this machine only, 0.0.0.0:1 for all networks\n");
}

TEST(Refusal, of_one_fragment_refuses_the_whole) {
    const Directory directory;
    const auto main = directory.write("berth.toml", "[host]\nio_threads = 1\n");
    const auto bad = directory.write("conf.d/a.toml", "[host]\nio_threads = 999\n");

    const auto result = load(main);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().text(), bad.string() + ":2:14: host.io_threads: 999 is too large: at most 64\n");
    EXPECT_EQ(result.error().error().code, Code::invalid);
}

TEST(Refusal, of_bytes_that_are_no_text_ends_well) {
    EXPECT_NE(refusal("\xff\xfe"), "");
    EXPECT_NE(refusal(std::string_view("[host]\0", 7)), "");
    EXPECT_NE(refusal("a = " + std::string(100'000, '[')), "");
}

}  // namespace
}  // namespace berth::host::config
