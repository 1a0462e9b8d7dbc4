// SPDX-License-Identifier: MIT
/// Bad libraries: each is refused with its sentence, while the host and the other projects go on.
#include <elf.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "integration/host/suite.hpp"

namespace berth::test {

using testing::HasSubstr;

namespace {

/// A library of the zoo by the name of its way to be wrong.
std::filesystem::path zoo(const std::string& way) {
    const auto common = fixture_project("wrong-" + way);
    return std::filesystem::exists(common) ? common : fixture_project("bad/" + way);
}

/// What each bad library's refusal says behind "project NAME: NAME.so: "; `sentence_of` knows the rest.
const std::map<std::string, std::string> reasons{
    {"no_entry", "does not export berth_project_v1; write BERTH_PROJECT(Class) once in the project, in C BERTH_EXPORT_PROJECT(table)"},
    {"missing_symbol",
     "needs 1 symbol that no library has (nobody_has_this); link what defines them; with -Wl,-z,defs, as "
     "berth_add_project() does, the linker says so"},
    {"null_table", "its entry returned no table; return the address of a static berth_project"},
    {"zero_size", "its table has struct_size 0; set it to sizeof(berth_project)"},
    {"small_size",
     "its table has struct_size 12, which no table of this ABI has; set it to sizeof(berth_project)"},
    {"absurd_size",
     "its table has struct_size 4294967295, which no table of this ABI has; set it to sizeof(berth_project)"},
    {"later_minor", "needs ABI 1.3, this host provides 1.0; update the host"},
    {"unknown_unit",
     "annotation \"<interval=5 weeks>\", character 13: unknown unit: use d, h, min, s or ms"},
    {"units_out_of_order",
     "annotation \"<interval=5 s 2 min>\", character 17: units go from large to small, each once"},
    {"bad_name",
     "its name \"Chat Room\" is none; use 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit"},
    {"no_procedures", "its table has procedure_count 1, but no procedures; point at the array"},
    {"nameless_procedure", "procedure 2 has no valid name; use 1 to 64 bytes of UTF-8"},
    {"twice_procedure", "procedure \"say\" is declared twice; each name once"},
    {"runless_procedure", "procedure \"say\" has no function"},
    {"bad_signature",
     "procedure \"say\": signature \"(text who, string what)\", character 12: unknown type: use boolean, "
     "integer, real, text, buffer or client"},
    {"failing_load", "load: the licence has expired"},
    {"silent_load", "load: status unsupported"},
    {"throws_in_load", "load: the moon is in the wrong place"},
    {"throwing_load", "load: exception: no settings file"},
    {"throwing_entry", "its entry threw an exception: not today"},
    {"failing_create", "the global service's context could not be made: no memory for globals"},
    {"throwing_create",
     "the global service's context could not be made: an exception that is not a std::exception"},
    {"entry_crashes", "trying it in a process of its own: it ended by SIGSEGV (segmentation fault)"},
    {"load_crashes", "its process ended by SIGSEGV (segmentation fault)"},
    {"named_echo", "the name is taken by echo.so; rename one of them"},
    {"empty", "it is empty"},
    {"text",
     "is not a library: it does not begin as an ELF file; build it as a shared library, as "
     "berth_add_project() does"},
    {"head",
     "is cut off inside its header: 40 of 64 bytes are there; copy the file again, under another name, and "
     "rename it when it is complete"},
    {"cut_short", ""},  // Its numbers are the file's.
    {"other_machine", "is for aarch64, this machine is x86-64; build it for x86-64"},
    {"big_endian",
     "is for machine 15872 (64 bits, big-endian), this machine is x86-64; build it for x86-64"},
    {"program", "is a program, not a shared library; link it with -shared, as berth_add_project() does"},
};

/// A number of an ELF header.
template <class Number>
Number number_at(const std::string& file, std::size_t offset) {
    Number number = 0;
    std::memcpy(&number, file.data() + offset, sizeof number);
    return number;
}

std::size_t end_of_section_headers(const std::string& library) {
    return number_at<std::uint64_t>(library, offsetof(Elf64_Ehdr, e_shoff)) +
           number_at<std::uint16_t>(library, offsetof(Elf64_Ehdr, e_shnum)) * sizeof(Elf64_Shdr);
}

/// The whole sentence about NAME.so, the library that is wrong in the way NAME.
std::string sentence_of(const std::string& name) {
    std::string reason = reasons.at(name);
    if (name == "cut_short") {
        const auto good = read_file(fixture_project("greeter_1"));
        const auto end = end_of_section_headers(good);
        reason = "is cut off: its section headers end at byte " + std::to_string(end) +
                 ", the file at byte " + std::to_string(end - sizeof(Elf64_Shdr)) +
                 "; copy the file again, under another name, and rename it when it is complete";
    }
    const std::string project = name == "named_echo" ? "echo" : name;
    return "project " + project + ": " + name + ".so: " + reason;
}

/// Files that no compiler makes.
void make_damaged(const TestHost& host) {
    const auto good = read_file(fixture_project("greeter_1"));
    const auto put = [&](const char* name, const std::string& bytes) {
        write_file(host.plugins() / (std::string{name} + ".so"), bytes);
    };
    put("empty", "");
    put("text", "This is not a library, just a text that somebody put here.\n");
    // Whatever a compiler and its sanitizers make of it, the headers of the sections come last.
    put("cut_short", good.substr(0, end_of_section_headers(good) - sizeof(Elf64_Shdr)));
    put("head", good.substr(0, 40));
    auto other = good;
    other[18] = static_cast<char>(183);  // e_machine: EM_AARCH64
    put("other_machine", other);
    other = good;
    other[5] = 2;  // e_ident[EI_DATA]: ELFDATA2MSB
    put("big_endian", other);
    std::filesystem::copy_file("/proc/self/exe", host.plugins() / "program.so");
}

/// What `rescan` says about each file that it refuses, by the file's stem.
std::map<std::string, std::string> refusals(const TestHost& host) {
    std::map<std::string, std::string> found;
    const auto reply = host.ask("rescan");
    for (const auto& refused : reply.at("refused")) {
        const std::filesystem::path file = refused.at("file").get<std::string>();
        found[file.stem()] = refused.at("error");
    }
    return found;
}

/// What `projects` says: of libraries that became no project, and of those that did and have failed.
std::map<std::string, std::string> shown_errors(const TestHost& host) {
    std::map<std::string, std::string> found;
    const auto reply = host.ask("projects");
    for (const auto& refused : reply.at("refused"))
        found[std::filesystem::path{refused.at("file").get<std::string>()}.stem()] = refused.at("error");
    for (const auto& project : reply.at("projects"))
        if (project.at("state") == "failed") found[project.at("name")] = project.at("last_error");
    return found;
}

/// What the log says why a file was refused or could not be deployed, by the file's stem.
std::map<std::string, std::string> logged_errors(const TestHost& host) {
    std::map<std::string, std::string> found;
    std::istringstream lines{host.cli({"logs", "--json", "--lines", "10000", "--level", "error"}).out};
    for (std::string line; std::getline(lines, line);) {
        const auto record = nlohmann::json::parse(line);
        const auto message = record.at("message");
        if (message == "library refused" || message == "library could not be deployed")
            found[std::filesystem::path{record.at("file").get<std::string>()}.stem()] = record.at("error");
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

TEST_P(Zoo, each_bad_library_is_refused_with_its_exact_sentence_while_the_others_are_served) {
    TestHost host{with({shipped_project("echo")})};
    auto client = host.connect("/echo");
    make_damaged(host);
    for (const auto& [name, reason] : reasons)
        if (std::filesystem::exists(zoo(name))) host.install(zoo(name), name + ".so");

    const auto said = refusals(host), shown = shown_errors(host), logged = logged_errors(host);

    const auto of = [](const auto& sentences, const std::string& name) {
        const auto found = sentences.find(name);
        return found == sentences.end() ? "(nothing)" : found->second;
    };
    for (const auto& [name, reason] : reasons) {
        EXPECT_EQ(of(said, name), sentence_of(name)) << "rescan";
        EXPECT_EQ(of(shown, name), sentence_of(name)) << "projects";
        EXPECT_EQ(of(logged, name), sentence_of(name)) << "the log";
    }
    EXPECT_EQ(client.raw().end(), End::open);
    EXPECT_EQ(ask(client, "still served"), "still served");
    EXPECT_EQ(host.project("echo").at("restarts"), 0);
    EXPECT_EQ(host.ask("status").at("gateway").at("restarts"), 0);
}

/// The name of the error that `berth doctor` has for it, where it need not run it.
const std::map<std::string, std::string> doctors_errors{
    {"no_entry", "no-entry"},
    {"missing_symbol", "missing-symbol"},
    {"empty", "empty"},
    {"text", "not-elf"},
    {"cut_short", "truncated"},
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
    const std::vector<std::string> names{"no_entry", "later_minor", "failing_load", "entry_crashes"};
    auto options = with({shipped_project("echo")});
    TempDir directory;
    for (const auto& name : names) {
        options.projects.push_back(directory / (name + ".so"));
        std::filesystem::copy_file(zoo(name), options.projects.back());
    }
    TestHost host{options};

    auto client = host.connect("/echo");

    EXPECT_EQ(ask(client, "served"), "served");
    const auto logged = logged_errors(host), shown = shown_errors(host);
    for (const auto& name : names) {
        EXPECT_EQ(logged.contains(name) ? logged.at(name) : "(nothing)", sentence_of(name));
        EXPECT_EQ(shown.contains(name) ? shown.at(name) : "(nothing)", sentence_of(name));
    }
}

TEST_P(Zoo, a_project_whose_globals_cannot_be_made_fails_alone) {
    TestHost host{with({shipped_project("echo")})};
    host.install(zoo("failing_create"), "failing_create.so");
    ASSERT_TRUE(host.project_is("failing_create", "failed"));
    auto client = host.connect("/echo");

    RawClient refused{host.ws()};
    const auto reply = refused.ask("/failing_create");

    EXPECT_EQ(reply.status, 503) << "it is known, and may be served again";
    EXPECT_NE(reply.header("Retry-After"), "");
    EXPECT_EQ(host.project("failing_create").at("last_error"), sentence_of("failing_create"));
    EXPECT_EQ(ask(client, "served"), "served");
}

TEST_P(Zoo, a_mended_library_is_served_without_a_restart) {
    TestHost host{with({shipped_project("echo")})};
    host.install(zoo("failing_load"), "greeter.so");
    ASSERT_TRUE(host.logs("the licence has expired"));

    host.install(fixture_project("greeter_1"), "greeter.so");

    EXPECT_TRUE(host.project_is("greeter", "open"));
    host.ask("clients");  // Every I/O thread answers, behind what it was told of the project.
    auto client = host.connect("/greeter");
    EXPECT_EQ(ask(client, "hi"), "version 1");
}

TEST_P(Zoo, two_files_of_one_name_the_second_is_refused_and_the_first_goes_on) {
    TestHost host{with({shipped_project("echo")})};
    auto client = host.connect("/echo");

    host.install(zoo("named_echo"));

    ASSERT_TRUE(eventually([&] { return refusals(host).contains("named_echo"); }));
    EXPECT_EQ(refusals(host).at("named_echo"), sentence_of("named_echo"));
    EXPECT_EQ(ask(client, "still served"), "still served");
}

}  // namespace berth::test
