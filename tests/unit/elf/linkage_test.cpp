// SPDX-License-Identifier: MIT
// What a library needs from others, looked for as the dynamic loader would, on libraries that the test builds.
#include "elf/linkage.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <gmock/gmock.h>

#include <fstream>

#include "unit/elf/build.hpp"

namespace berth::host::elf {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Linkages : public testing::Test {
protected:
    [[nodiscard]] std::vector<std::string> of(const std::filesystem::path& path) const {
        const Linker linker;
        Rules rules;
        rules.linker = &linker;
        return said(inspect(path, rules));
    }
    /// A helper library under a name of its own, in a directory of its own.
    std::filesystem::path helper(const std::string& name, const std::string& source, const std::string& options = "") {
        const auto directory = builder.directory() / "lib";
        std::filesystem::create_directories(directory);
        const auto built = builder.build("c", source, "-shared -fPIC -Wl,-soname," + name + " " + options);
        std::filesystem::rename(built, directory / name);
        return directory / name;
    }
    /// What the dynamic loader itself says; empty when it takes the library.
    static std::string loader_says(const std::filesystem::path& path) {
        void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (handle != nullptr) {
            dlclose(handle);
            return "";
        }
        return dlerror();
    }
    [[nodiscard]] std::string project(const std::string& rest) const {
        return std::string(plain_project) + "struct berth_project_exported_ { int unused; };\n" + rest;
    }

    Builder builder;
    const std::string hidden = "-shared -fPIC -fvisibility=hidden ";
};

TEST_F(Linkages, of_a_library_that_this_machine_can_load_are_complete) {
    const auto c = builder.build("c", project("#include <math.h>\n#include <stdio.h>\ndouble f(double x) { return puts(\"\") + sin(x); }\n"),
                                 hidden + "-Wl,--no-as-needed -lm");
    const auto cpp = builder.build("cpp", "#include <iostream>\nvoid f() { std::cout << 1; }\n", "-shared -fPIC");

    EXPECT_THAT(of(c), IsEmpty());
    EXPECT_THAT(of(cpp), testing::Each(testing::Not(HasSubstr("missing"))));
    EXPECT_EQ(loader_says(c), "");
}

TEST_F(Linkages, name_the_symbols_that_nobody_has) {
    const auto path = builder.build("c", project("int nobody(void); int nowhere(void);\nint f(void) { return nobody() + nowhere(); }\n"), hidden);

    EXPECT_THAT(of(path), ElementsAre("error missing-symbol: needs 2 symbols that no library has (nobody, nowhere); link what "
                                      "defines them; with -Wl,-z,defs, as berth_add_project() does, the linker says so"));
    EXPECT_THAT(loader_says(path), HasSubstr("undefined symbol: no"));
}

TEST_F(Linkages, name_the_library_that_is_missing_and_then_no_symbols) {
    const auto there = helper("libgone.so.3", "int nobody(void) { return 1; }\n");
    const auto path = builder.build("c", project("int nobody(void);\nint f(void) { return nobody(); }\n"), hidden + there.string());
    std::filesystem::remove(there);

    EXPECT_THAT(of(path), ElementsAre("error missing-library: needs libgone.so.3, which this machine does not have; install the "
                                      "package that has it, link it statically, or set an absolute run path"));
    EXPECT_THAT(loader_says(path), HasSubstr("libgone.so.3"));
}

TEST_F(Linkages, name_a_missing_library_once_and_not_more_than_twenty) {
    Library library;
    library.needed.assign(200'000, "libgone.so.3");
    EXPECT_THAT(Linker().link(library).libraries, testing::SizeIs(1));

    for (int i = 0; i < 200'000; ++i) library.needed.push_back("libgone" + std::to_string(i) + ".so");
    library.version_needs.assign(200'000, {.file = "libc.so.6", .version = "NOBODY_1"});
    const Linkage linkage = Linker().link(library);
    EXPECT_THAT(linkage.libraries, testing::SizeIs(20));
    EXPECT_THAT(linkage.versions, testing::SizeIs(20));
}

TEST_F(Linkages, follow_an_absolute_run_path_of_either_kind) {
    const auto there = helper("libhere.so.1", "int here(void) { return 1; }\n");
    for (const char* tags : {"-Wl,--enable-new-dtags", "-Wl,--disable-new-dtags"}) {
        const auto path = builder.build("c", project("int here(void);\nint f(void) { return here(); }\n"),
                                        hidden + there.string() + " -Wl,-rpath," + there.parent_path().string() + " " + tags);
        EXPECT_THAT(of(path), IsEmpty()) << tags;
        EXPECT_EQ(loader_says(path), "");
    }
}

TEST_F(Linkages, of_what_is_needed_in_turn_follow_only_the_older_kind_of_run_path) {
    const auto inner = helper("libinner.so.1", "int inner(void) { return 1; }\n");
    const auto outer = helper("libouter.so.1", "int inner(void);\nint outer(void) { return inner(); }\n", inner.string());
    const auto with = [&](const std::string& tags) {
        return builder.build("c", project("int outer(void);\nint f(void) { return outer(); }\n"),
                             hidden + outer.string() + " -Wl,-rpath-link," + outer.parent_path().string() + " -Wl,-rpath," +
                                 outer.parent_path().string() + " " + tags);
    };
    const auto inherited = with("-Wl,--disable-new-dtags");
    const auto own = with("-Wl,--enable-new-dtags");

    EXPECT_THAT(of(inherited), IsEmpty());
    EXPECT_THAT(of(own), ElementsAre(HasSubstr("needs libinner.so.1 (for libouter.so.1), which this machine does not have")));
    EXPECT_THAT(loader_says(own), HasSubstr("libinner.so.1"));
    EXPECT_EQ(loader_says(inherited), "");
}

TEST_F(Linkages, find_nothing_beside_the_library_because_the_host_loads_a_copy) {
    const auto there = helper("libbeside.so.1", "int beside(void) { return 1; }\n");
    const auto path = builder.build("c", project("int beside(void);\nint f(void) { return beside(); }\n"),
                                    hidden + there.string() + " '-Wl,-rpath,$ORIGIN/lib'");

    const auto found = of(path);

    EXPECT_THAT(found, Contains(HasSubstr("missing-library: needs libbeside.so.1")));
    EXPECT_THAT(found, Contains("warning run-path: looks for libraries beside itself ($ORIGIN/lib), but the host loads a private "
                                "copy of it; install them where the dynamic loader looks, or link with an absolute run path"));
}

TEST_F(Linkages, compare_versions_with_what_is_here) {
    const auto map = builder.directory() / "map";
    std::ofstream(map) << "LIBV_2.9 { global: f; local: *; };\nLIBV_2.10 { global: g; } LIBV_2.9;\nLIBV_2.36 { global: h; } LIBV_2.10;\n";
    const std::string versioned = "-Wl,--version-script=" + map.string();
    const auto there = helper("libv.so.1", "int f(void) { return 1; }\nint g(void) { return 1; }\nint h(void) { return 1; }\n", versioned);
    const auto path = builder.build("c", project("int g(void); int h(void);\nint k(void) { return g() + h(); }\n"),
                                    hidden + there.string() + " -Wl,-rpath," + there.parent_path().string());
    EXPECT_THAT(of(path), IsEmpty());

    // The machine that it is deployed to has an older one.
    std::ofstream(map) << "LIBV_2.9 { global: f; g; h; local: *; };\n";
    helper("libv.so.1", "int f(void) { return 1; }\nint g(void) { return 1; }\nint h(void) { return 1; }\n", versioned);

    EXPECT_THAT(of(path), ElementsAre("error symbol-version: needs LIBV_2.36 of libv.so.1; the one of this machine ends at LIBV_2.9; "
                                      "build it on the oldest system that it is to run on, or update this one"));
    EXPECT_THAT(loader_says(path), HasSubstr("LIBV_2."));
}

TEST_F(Linkages, go_by_the_numbers_of_versions) {
    EXPECT_TRUE(is_newer("GLIBC_2.38", "GLIBC_2.9"));
    EXPECT_FALSE(is_newer("GLIBC_2.9", "GLIBC_2.38"));
    EXPECT_FALSE(is_newer("GLIBC_2.36", "GLIBC_2.36"));
    EXPECT_TRUE(is_newer("GLIBCXX_3.4.30", "GLIBCXX_3.4.9"));
    EXPECT_FALSE(is_newer("CXXABI_9", "GLIBC_2.9")) << "another series";
}

TEST(LoaderCaches, know_the_libraries_of_this_machine_and_survive_any_bytes) {
    const auto bytes = bytes_of(std::filesystem::path("/etc/ld.so.cache"));
    const auto cache = read_loader_cache(bytes);
    ASSERT_TRUE(cache.contains("libc.so.6"));
    EXPECT_TRUE(std::filesystem::exists(cache.at("libc.so.6").front()));

    for (std::size_t size = 0; size < bytes.size(); size += 97)
        EXPECT_LE(read_loader_cache(std::span<const std::byte>(bytes).first(size)).size(), cache.size());
    File spoilt = bytes;
    for (std::size_t at = 20; at < spoilt.size(); at += 3) spoilt[at] = std::byte{0xff};
    EXPECT_THAT(read_loader_cache(spoilt), IsEmpty());
    EXPECT_THAT(read_loader_cache({}), IsEmpty());
}

TEST(RunPaths, put_in_what_is_known_and_leave_out_the_rest) {
    EXPECT_THAT(run_path_directories("/a:$ORIGIN/b:${ORIGIN}:/c/$PLATFORM", "/x"), ElementsAre("/a", "/x/b", "/x"));
    EXPECT_THAT(run_path_directories("$ORIGIN/b:/a", ""), ElementsAre("/a"));
    EXPECT_THAT(run_path_directories("", "/x"), IsEmpty());
}

}  // namespace
}  // namespace berth::host::elf
