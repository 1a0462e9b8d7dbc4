// SPDX-License-Identifier: MIT
// Each rule by its name and exact sentence.
#include "elf/findings.hpp"

#include <elf.h>
#include <gmock/gmock.h>

#include "unit/elf/build.hpp"

namespace berth::host::elf {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class Findings : public testing::Test {
protected:
    [[nodiscard]] std::vector<std::string> of(const std::string& language, const std::string& source,
                                              const std::string& options, bool shares_process = false) const {
        Rules rules;
        rules.shares_process = shares_process;
        return said(inspect(builder.build(language, source, options), rules));
    }

    Builder builder;
};

TEST_F(Findings, has_nothing_against_a_good_library) {
    EXPECT_THAT(said(inspect(good_file())), IsEmpty());
    Rules alone;
    alone.shares_process = true;
    EXPECT_THAT(said(inspect(good_file(), alone)), IsEmpty());
    EXPECT_EQ(inspect(good_file()).refusal(), nullptr);
}

TEST_F(Findings, plain_c_needs_no_flags_whatever_the_isolation) {
    const File file = bytes_of(builder.build("c", plain_project, "-shared -fPIC"));
    Rules shared;
    shared.shares_process = true;

    EXPECT_THAT(said(inspect(file)), IsEmpty());
    EXPECT_THAT(said(inspect(file, shared)), IsEmpty());
}

TEST_F(Findings, wrong_machine) {
    File file = good_file();
    patch<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_machine), EM_AARCH64);

    Rules rules;
    rules.machine = Machine::x86_64;
    EXPECT_THAT(
        said(inspect(file, rules)),
        ElementsAre("error wrong-machine: is for aarch64, this machine is x86-64; build it for x86-64"));
    patch<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_machine), 4711);
    EXPECT_THAT(
        said(inspect(file, rules)),
        ElementsAre(
            "error wrong-machine: is for machine 4711, this machine is x86-64; build it for x86-64"));
}

TEST_F(Findings, wrong_machine_with_other_words_and_bytes) {
    File file = good_file();
    const std::string me = name_of(this_machine());
    patch<std::uint8_t>(file, EI_CLASS, ELFCLASS32);
    patch<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_machine), EM_386);
    EXPECT_EQ(refusal_of(file),
              "is for x86 (32 bits, little-endian), this machine is " + me + "; build it for " + me);

    patch<std::uint8_t>(file, EI_CLASS, ELFCLASS64);
    patch<std::uint8_t>(file, EI_DATA, ELFDATA2MSB);
    patch<std::uint8_t>(file, offsetof(Elf64_Ehdr, e_machine), 0);
    patch<std::uint8_t>(file, offsetof(Elf64_Ehdr, e_machine) + 1, 22);
    EXPECT_EQ(refusal_of(file),
              "is for machine 22 (64 bits, big-endian), this machine is " + me + "; build it for " + me);
}

TEST_F(Findings, not_shared) {
    const std::string source = "int main(void) { return 0; }\n";
    const std::string remedy = "link it with -shared, as berth_add_project() does";

    EXPECT_THAT(of("c", source, "-pie -fPIE"),
                ElementsAre("error not-shared: is a program, not a shared library; " + remedy));
    EXPECT_THAT(of("c", source, "-no-pie"),
                ElementsAre("error not-shared: is a program, not a shared library; " + remedy));
    EXPECT_THAT(of("c", source, "-c"),
                ElementsAre("error not-shared: is an object file, not a shared library; " + remedy));
    File file = good_file();
    patch<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_type), ET_CORE);
    EXPECT_EQ(refusal_of(file), "is a core file, not a shared library; " + remedy);
    patch<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_type), 77);
    EXPECT_EQ(refusal_of(file), "is a file of an unknown kind, not a shared library; " + remedy);
}

TEST_F(Findings, no_entry) {
    EXPECT_THAT(of("c",
                   "static int f(void) { return 1; }\n__attribute__((visibility(\"hidden\"))) int g(void) { "
                   "return f(); }\n",
                   "-shared -fPIC"),
                ElementsAre("error no-entry: does not export berth_project_v1; write BERTH_PROJECT(Class) "
                            "once in the project, in C BERTH_EXPORT_PROJECT(table)"));
}

TEST_F(Findings, other_abi) {
    EXPECT_THAT(of("c", "const void *berth_project_v2(void) { return 0; }\n", "-shared -fPIC"),
                Contains("error other-abi: exports berth_project_v2, but this host knows berth_project_v1; "
                         "install a host for "
                         "that interface, or build the project for this one"));
}

TEST_F(Findings, no_abi_note_is_a_warning) {
    EXPECT_THAT(of("c", "const void *berth_project_v1(void) { return 0; }\n", "-shared -fPIC"),
                ElementsAre("warning no-abi-note: has no note of the interface it was built for; use "
                            "BERTH_EXPORT_PROJECT instead of "
                            "a function of your own"));
}

TEST_F(Findings, abi_later_than_the_host_s) {
    Rules rules;
    rules.provided = {.major = 0, .minor = 9};
    EXPECT_EQ(refusal_of(good_file(), rules),
              "was built for interface 1.0, this host provides 0.9; update the host");
    rules.provided = {.major = 2, .minor = 0};
    EXPECT_EQ(refusal_of(good_file(), rules),
              "was built for interface 1.0, this host provides 2.0; build it with this host's SDK");
    Library later = *inspect(good_file()).library;
    later.abi_note = AbiNote{.major = 1, .minor = 3};
    const auto found = findings(later, Rules());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].id, "abi-minor");
    EXPECT_EQ(found[0].severity, Finding::Severity::warning);
    EXPECT_EQ(found[0].text(),
              "was built for interface 1.3, this host provides 1.0; update the host if it is refused");
}

TEST_F(Findings, extra_exports_are_refused_only_where_a_process_is_shared) {
    const std::string source =
        std::string(plain_project) +
        "struct berth_project_exported_ { int unused; };\n"
        "int a(void) { return 1; }\nint b(void) { return 2; }\nint c(void) { return 3; }\n"
        "int d(void) { return 4; }\n";
    const std::string remedy =
        "; build it with berth_add_project(), or with a version script that keeps all but the entry local";

    EXPECT_THAT(of("c", source, "-shared -fPIC"),
                ElementsAre("warning extra-exports: exports 4 symbols besides its entry (a, b, c and 1 more): "
                            "other libraries may "
                            "bind to them" +
                            remedy));
    EXPECT_THAT(of("c", source, "-shared -fPIC", true),
                ElementsAre("error extra-exports: exports 4 symbols besides its entry (a, b, c and 1 more): "
                            "other libraries may "
                            "bind to them, and isolation \"none\" can not keep it apart" +
                            remedy));
    EXPECT_THAT(of("c", source, "-shared -fPIC -fvisibility=hidden", true), IsEmpty());
}

TEST_F(Findings, unique_symbols_are_refused_only_where_a_process_is_shared) {
    const std::string source =
        "#include <berth/berth.h>\n"
        "static const berth_project table{};\nBERTH_EXPORT_PROJECT(table);\n"
        "__asm__(\".globl once\\n.type once, @gnu_unique_object\\n.data\\nonce: .long 5\\n.size once, "
        "4\\n\");\n";
    const std::string sentence =
        "unique-symbols: has 1 unique symbol (once): two generations in one process share them";
    const std::string remedy = "; compile it with -fno-gnu-unique, or hide them with a version script";

    EXPECT_THAT(of("cpp", source, "-shared -fPIC -fvisibility=hidden"),
                Contains("warning " + sentence + remedy));
    EXPECT_THAT(of("cpp", source, "-shared -fPIC -fvisibility=hidden", true),
                Contains("error " + sentence + ", and isolation \"none\" can not keep it apart" + remedy));
}

TEST_F(Findings, warn_of_odd_properties) {
    const std::string source = std::string(plain_project) +
                               "struct berth_project_exported_ { int unused; };\n__thread int mine;\n"
                               "__attribute__((visibility(\"hidden\"))) int *f(void) { return &mine; }\n";

    const auto lines =
        of("c", source, "-shared -fPIC -fvisibility=hidden -Wl,-z,execstack -Wl,-rpath,/opt:lib");

    EXPECT_THAT(
        lines,
        ElementsAre(
            "warning executable-stack: asks for stacks that can be executed; mark its assembler files with "
            ".note.GNU-stack, or link with -z noexecstack",
            "warning thread-local: has thread-local variables (mine): a context may run on another thread each time; "
            "keep "
            "what belongs to a client in its globals",
            "warning run-path: looks for libraries in \"lib\", below wherever the host was started; link with "
            "an "
            "absolute run path, or with none"));
}

TEST_F(Findings, leave_thread_locals_of_the_standard_libraries_alone) {
    Library library = *inspect(good_file()).library;
    library.has_tls = true;
    // As rustc names one of its own, which every Rust project has.
    library.thread_local_symbols = {"_ZN3std2io5stdio14OUTPUT_CAPTURE17h0123456789abcdefE"};
    EXPECT_THAT(findings(library, Rules()), IsEmpty());

    library.thread_local_symbols.push_back("mine");
    const auto found = findings(library, Rules());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].sentence, "has thread-local variables (mine): a context may run on another thread each time");
}

TEST_F(Findings, put_refusals_first) {
    Library library = *inspect(good_file()).library;
    library.exports = {"other"};
    library.executable_stack = true;

    const auto found = findings(library, Rules());

    ASSERT_GE(found.size(), 2u);
    EXPECT_EQ(found[0].id, "no-entry");
    EXPECT_EQ(found[1].severity, Finding::Severity::warning);
}

TEST_F(Findings, show_names_from_files_only_when_they_are_harmless) {
    Library library = *inspect(good_file()).library;
    library.exports = {"berth_project_v1", "evil\x1b[2J", std::string(500, 'x')};

    const auto found = findings(library, Rules());

    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].sentence, "exports 2 symbols besides its entry (evil?[2J, " + std::string(80, 'x') +
                                     "...): other libraries may bind to them");
}

}  // namespace
}  // namespace berth::host::elf
