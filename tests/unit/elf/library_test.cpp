// SPDX-License-Identifier: MIT
#include "elf/library.hpp"

#include <elf.h>
#include <gmock/gmock.h>

#include "unit/elf/build.hpp"

namespace berth::host::elf {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Libraries : public testing::Test {
protected:
    /// A library that must be readable.
    [[nodiscard]] Library read_back(const std::filesystem::path& path) const {
        auto library = read(path);
        EXPECT_TRUE(library) << (library ? "" : library.error().text());
        return library ? std::move(*library) : Library{};
    }

    Builder builder;
};

TEST_F(Libraries, of_a_project_in_c_are_read_without_running_them) {
    const Library library = read_back(
        builder.build("c", plain_project, "-shared -fPIC -fvisibility=hidden -Wl,--build-id=0xabcd12"));

    EXPECT_EQ(library.machine, this_machine());
    EXPECT_EQ(library.type, Type::shared);
    EXPECT_TRUE(library.has_entry());
    EXPECT_THAT(library.exports, ElementsAre("berth_project_v1"));
    EXPECT_THAT(library.unique_symbols, IsEmpty());
    ASSERT_TRUE(library.abi_note);
    EXPECT_EQ(library.abi_note->major, 1u);
    EXPECT_EQ(library.abi_note->minor, 0u);
    EXPECT_EQ(library.build_id, "abcd12");
    EXPECT_FALSE(library.has_tls);
    EXPECT_FALSE(library.executable_stack);
    EXPECT_FALSE(library.is_pie);
    EXPECT_EQ(library.run_path, "");
}

TEST_F(Libraries, tell_what_they_need) {
    const Library library = read_back(builder.build(
        "c",
        "#include <stdlib.h>\nextern int elsewhere(void);\nextern int perhaps(void) __attribute__((weak));\n"
        "int f(void) { return elsewhere() + (perhaps ? perhaps() : 0) + atoi(\"1\"); }\n",
        "-shared -fPIC -Wl,-soname,libf.so.1 -Wl,-rpath,/opt/x:relative -Wl,--enable-new-dtags"));

    EXPECT_EQ(library.soname, "libf.so.1");
    EXPECT_EQ(library.run_path, "/opt/x:relative");
    EXPECT_THAT(library.needed, Contains("libc.so.6"));
    EXPECT_THAT(library.undefined, Contains("elsewhere"));
    EXPECT_THAT(library.undefined, Contains("atoi"));
    EXPECT_THAT(library.undefined, Not(Contains("perhaps")));
    EXPECT_THAT(library.version_needs, Contains(testing::AllOf(testing::Field(&VersionNeed::file, "libc.so.6"),
                                                               testing::Field(&VersionNeed::version, StartsWith("GLIBC_2.")))));
    EXPECT_THAT(library.exports, ElementsAre("f"));
    EXPECT_FALSE(library.has_entry());
}

TEST_F(Libraries, are_read_the_same_with_either_hash_table_and_without_sections) {
    const std::string source = "int a(void) { return 1; }\nint b(void) { return 2; }\nint c;\n";
    const Library old_style = read_back(builder.build("c", source, "-shared -fPIC -Wl,--hash-style=sysv"));
    const auto path = builder.build("c", source, "-shared -fPIC -Wl,--hash-style=gnu");
    const Library new_style = read_back(path);
    File without_sections = bytes_of(path);
    patch<std::uint64_t>(without_sections, offsetof(Elf64_Ehdr, e_shoff), 0);

    EXPECT_THAT(old_style.exports, ElementsAre("a", "b", "c"));
    EXPECT_THAT(new_style.exports, ElementsAre("a", "b", "c"));
    EXPECT_THAT(read(without_sections)->exports, ElementsAre("a", "b", "c"));
}

TEST_F(Libraries, without_any_export_have_none) {
    const Library library =
        read_back(builder.build("c",
                                "extern int x(void);\nstatic int f(void) { return x(); }\n"
                                "__attribute__((visibility(\"hidden\"))) int g(void) { return f(); }\n"));

    EXPECT_THAT(library.exports, IsEmpty());
    EXPECT_FALSE(library.has_entry());
}

TEST_F(Libraries, show_unique_and_thread_local_symbols_and_executable_stacks) {
    const Library library =
        read_back(builder.build("c",
                                "__thread int mine;\nint *f(void) { return &mine; }\n"
                                "__asm__(\".globl once\\n.type once, @gnu_unique_object\\n.data\\nonce: "
                                ".long 5\\n.size once, 4\\n\");\n",
                                "-shared -fPIC -Wl,-z,execstack"));

    EXPECT_THAT(library.unique_symbols, ElementsAre("once"));
    EXPECT_THAT(library.exports, Contains("once"));
    EXPECT_TRUE(library.has_tls);
    EXPECT_TRUE(library.executable_stack);
}

TEST_F(Libraries, of_any_kind_are_told_apart) {
    const std::string source = "int main(void) { return 0; }\n";

    EXPECT_TRUE(read_back(builder.build("c", source, "-pie -fPIE")).is_pie);
    EXPECT_EQ(read_back(builder.build("c", source, "-no-pie")).type, Type::executable);
    EXPECT_EQ(read_back(builder.build("c", source, "-c")).type, Type::relocatable);
    EXPECT_FALSE(read_back("/proc/self/exe").exports.empty() && read_back("/proc/self/exe").needed.empty());
}

TEST_F(Libraries, that_are_no_files_are_refused) {
    const auto text = [](const std::filesystem::path& path) { return read(path).error().text(); };

    EXPECT_EQ(text(builder.directory() / "none.so"),
              "can not be read: No such file or directory; check its name");
    EXPECT_EQ(text(builder.directory()), "is not a file; name a shared library");
    EXPECT_EQ(text("/dev/null"), "is not a file; name a shared library");
}

TEST_F(Libraries, that_are_this_program_say_what_its_file_says) {
    const auto program = read_this_program();
    ASSERT_TRUE(program) << program.error().text();
    const Library file = read_back("/proc/self/exe");
    EXPECT_EQ(program->needed, file.needed);
    EXPECT_THAT(program->needed, Contains(StartsWith("libc.so")));
    EXPECT_EQ(program->undefined, file.undefined);
    EXPECT_EQ(program->build_id, file.build_id);
}

TEST(Machines, have_names) {
    EXPECT_EQ(name_of(Machine::x86_64), "x86-64");
    EXPECT_EQ(name_of(Machine::aarch64), "aarch64");
    EXPECT_EQ(name_of(Machine{9}), "machine 9");
}

}  // namespace
}  // namespace berth::host::elf
