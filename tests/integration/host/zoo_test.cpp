// SPDX-License-Identifier: MIT
/// Bad libraries: each is refused with its sentence, while the host and the other projects go on.
#include <algorithm>
#include <cstdlib>

#include "integration/host/suite.hpp"

namespace berth::test {

using testing::HasSubstr;

namespace {

/// A library of the zoo by the name of its way to be wrong.
std::filesystem::path zoo(const std::string& way) {
    const auto common = fixture_project("wrong-" + way);
    return std::filesystem::exists(common) ? common : fixture_project("bad/" + way);
}

/// What each bad library's refusal says.
const std::map<std::string, std::string> sentences{
    {"no_entry", "does not export berth_project_v1"},
    {"missing_symbol", "nobody_has_this"},
    {"null_table", "its entry returned no table; return the address of a static berth_project"},
    {"zero_size", "its table has struct_size 0; set it to sizeof(berth_project)"},
    {"small_size",
     "its table has struct_size 12, which no table of this ABI has; set it to sizeof(berth_project)"},
    {"absurd_size",
     "its table has struct_size 4294967295, which no table of this ABI has; set it to sizeof(berth_project)"},
    {"later_minor", "needs ABI 1.3, this host provides 1.0; update the host"},
    {"unknown_unit", "annotation \"<interval=5 weeks>\", character "},
    {"units_out_of_order", "annotation \"<interval=5 s 2 min>\", character "},
    {"bad_name",
     "its name \"Chat Room\" is none; use 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit"},
    {"no_procedures", "procedure"},
    {"nameless_procedure", "procedure"},
    {"twice_procedure", "say"},
    {"runless_procedure", "say"},
    {"bad_signature", "string"},
    {"failing_load", "the licence has expired"},
    {"throws_in_load", "the moon is in the wrong place"},
    {"throwing_load", ""},
    {"throwing_entry", ""},
    {"entry_crashes", "SIGSEGV"},
    {"load_crashes", "SIGSEGV"},
    {"named_echo", "echo"},
    {"empty", "is empty"},
    {"text", "is not a library: it does not begin as an ELF file"},
    {"half", "is cut off"},
    {"head", "is cut off"},
    {"other_machine", "is for aarch64, this machine is "},
    {"big_endian", "big-endian"},
    {"program", "not a shared library"},
};

/// Files that no compiler makes.
void make_damaged(const TestHost& host) {
    const auto good = read_file(fixture_project("greeter_1"));
    const auto put = [&](const char* name, const std::string& bytes) {
        write_file(host.plugins() / (std::string{name} + ".so"), bytes);
    };
    put("empty", "");
    put("text", "This is not a library, just a text that somebody put here.\n");
    put("half", good.substr(0, good.size() / 2));
    put("head", good.substr(0, 40));
    auto other = good;
    other[18] = static_cast<char>(183);  // e_machine: EM_AARCH64
    put("other_machine", other);
    other = good;
    other[5] = 2;  // e_ident[EI_DATA]: ELFDATA2MSB
    put("big_endian", other);
    std::filesystem::copy_file("/proc/self/exe", host.plugins() / "program.so");
}

/// What the host says about a file, from `rescan`; empty when it does not refuse it.
std::map<std::string, std::string> refusals(const TestHost& host) {
    std::map<std::string, std::string> found;
    const auto reply = host.ask("rescan");
    for (const auto& refused : reply.at("refused")) {
        const std::filesystem::path file = refused.at("file").get<std::string>();
        found[file.stem()] = refused.at("error");
    }
    return found;
}

}  // namespace

class Zoo : public BothIsolations {
protected:
    // A library that crashes must end by its signal, as it would for an operator, also where a sanitizer
    // would rather report and exit.
    void SetUp() override {
        ::setenv("ASAN_OPTIONS", "handle_segv=0", 1);
        ::setenv("TSAN_OPTIONS", "handle_segv=0", 1);
    }
};
BERTH_BOTH_ISOLATIONS(Zoo);

TEST_P(Zoo, each_bad_library_is_refused_with_its_sentence_while_the_others_are_served) {
    TestHost host{with({shipped_project("echo")})};
    auto client = host.connect("/echo");
    make_damaged(host);
    // A crash in `load` is the gateway's own where nothing is isolated: that is what "none" means.
    auto expected = sentences;
    if (GetParam() == "none") expected.erase("load_crashes");
    for (const auto& [name, sentence] : expected)
        if (std::filesystem::exists(zoo(name))) host.install(zoo(name), name + ".so");

    const auto found = refusals(host);

    for (const auto& [name, sentence] : expected) {
        ASSERT_TRUE(found.contains(name)) << name << " is not refused";
        EXPECT_THAT(found.at(name), HasSubstr(sentence)) << name;
        EXPECT_THAT(found.at(name), HasSubstr(name)) << "the sentence names the library";
        EXPECT_EQ(client.raw().end(), End::open);
        const auto row = host.project(name);
        EXPECT_TRUE(row.is_null() || row.at("state") == "failed") << row;
    }
    EXPECT_EQ(ask(client, "still served"), "still served");
    EXPECT_EQ(host.project("echo").at("restarts"), 0);
}

/// The name of the error that `berth doctor` has for it, where it need not run it.
const std::map<std::string, std::string> doctors_errors{
    {"no_entry", "no-entry"},
    {"missing_symbol", "missing-symbol"},
    {"empty", "empty"},
    {"text", "not-elf"},
    {"half", "truncated"},
    {"head", "truncated"},
    {"other_machine", "wrong-machine"},
    {"big_endian", "wrong-machine"},
    {"program", "not-shared"},
};
/// As above, where it reads the table; sanitizers make code of an entry that it does not follow.
const std::map<std::string, std::string> doctors_errors_in_tables{
    {"null_table", "no-table"},
    {"zero_size", "table-size"},
    {"small_size", "table-size"},
    {"absurd_size", "table-size"},
    {"later_minor", "later-minor"},
    {"unknown_unit", "interval"},
    {"units_out_of_order", "interval"},
    {"bad_name", "project-name"},
    {"no_procedures", "procedures"},
    {"nameless_procedure", "procedures"},
    {"twice_procedure", "procedures"},
    {"runless_procedure", "procedures"},
    {"bad_signature", "procedures"},
};

TEST_P(Zoo, the_doctor_names_what_is_wrong_and_the_host_refuses_with_the_same_sentence) {
    TestHost host{with({shipped_project("echo")})};
    make_damaged(host);
    auto expected = doctors_errors;
#if !defined(BERTH_SANITIZED)
    expected.insert(doctors_errors_in_tables.begin(), doctors_errors_in_tables.end());
#endif
    for (const auto& [name, error] : expected)
        if (std::filesystem::exists(zoo(name))) host.install(zoo(name), name + ".so");

    const auto found = refusals(host);

    for (const auto& [name, error] : expected) {
        const auto file = host.plugins() / (name + ".so");
        const auto said = host.cli({"doctor", "--json", "--isolation", GetParam(), file.string()});
        EXPECT_EQ(said.exit_code, 1) << name << said.err;
        const auto diagnosis = nlohmann::json::parse(said.out);
        EXPECT_EQ(diagnosis.at("verdict"), "refused") << name;
        const auto& first = diagnosis.at("findings").at(0);
        EXPECT_EQ(first.at("name"), error) << name << ": " << first;
        EXPECT_EQ(first.at("severity"), "error") << name;
        EXPECT_NE(first.at("remedy"), "") << name;
        ASSERT_TRUE(found.contains(name)) << name << " is not refused";
        EXPECT_THAT(found.at(name), HasSubstr(first.at("sentence").get<std::string>())) << name;
    }
}

TEST_P(Zoo, bad_libraries_that_are_there_at_the_start_do_not_keep_the_host_from_starting) {
    auto options = with({shipped_project("echo")});
    for (const auto* name : {"no_entry", "later_minor", "failing_load", "entry_crashes"})
        options.projects.push_back(zoo(name));
    TestHost host{options};

    auto client = host.connect("/echo");

    EXPECT_EQ(ask(client, "served"), "served");
    for (const auto* name : {"no_entry", "later_minor", "failing_load", "entry_crashes"})
        EXPECT_TRUE(host.logs(zoo(name).filename().string()));
}

TEST_P(Zoo, a_project_whose_globals_cannot_be_made_fails_alone) {
    auto options = with({shipped_project("echo"), zoo("failing_create")});
    TestHost host{options};
    auto client = host.connect("/echo");

    RawClient refused{host.ws()};
    const auto status = refused.ask("/wrong-failing_create").status;

    EXPECT_TRUE(status == 503 || status == 404) << status;
    EXPECT_EQ(ask(client, "served"), "served");
}

TEST_P(Zoo, a_mended_library_is_served_without_a_restart) {
    TestHost host{with({shipped_project("echo")})};
    host.install(zoo("failing_load"), "greeter.so");
    ASSERT_TRUE(host.logs("the licence has expired"));

    host.install(fixture_project("greeter_1"), "greeter.so");

    EXPECT_TRUE(host.project_is("greeter", "open"));
    auto client = host.connect("/greeter");
    EXPECT_EQ(ask(client, "hi"), "version 1");
}

TEST_P(Zoo, two_files_of_one_name_the_second_is_refused_and_the_first_goes_on) {
    TestHost host{with({shipped_project("echo")})};
    auto client = host.connect("/echo");

    host.install(zoo("named_echo"));

    ASSERT_TRUE(eventually([&] { return refusals(host).contains("named_echo"); }));
    EXPECT_EQ(ask(client, "still served"), "still served");
}

}  // namespace berth::test
