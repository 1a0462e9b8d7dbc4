// SPDX-License-Identifier: MIT
// What compilers say to the SDK: gcc, clang and MinGW, every standard that is promised, and mistakes.
#include <gmock/gmock.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "abi/exports.hpp"
#include "support/temp_dir.hpp"

namespace {

using berth::test::exports_of_dll;
using berth::test::Output;
using berth::test::read_file;
using berth::test::run;
using berth::test::TempDir;
using berth::test::write_file;
using testing::HasSubstr;

const std::filesystem::path source = BERTH_SOURCE;
const std::string include = "-I" + (source / "sdk/include").string();
const std::string frozen = "-I" + (source / "sdk/abi/1.0").string();

using Command = std::vector<std::string>;

Output compile(Command command, const Command& more) {
    const char* const strict[] = {"-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"};
    command.insert(command.end(), std::begin(strict), std::end(strict));
    command.insert(command.end(), more.begin(), more.end());
    return run(command, {}, {}, berth::test::Deadline{std::chrono::seconds{240}});
}

#define EXPECT_COMPILES(...)                          \
    do {                                              \
        const Output output = compile(__VA_ARGS__);   \
        EXPECT_EQ(output.exit_code, 0) << output.err; \
    } while (false)

const char* const cxx_warnings[] = {"-Wold-style-cast", "-Woverloaded-virtual", "-Wnon-virtual-dtor"};

struct Compiler {
    std::string name, c, cxx;
    friend void PrintTo(const Compiler& compiler, std::ostream* out) { *out << compiler.name; }
};

class WithCompiler : public testing::TestWithParam<Compiler> {
protected:
    TempDir directory;
};

TEST_P(WithCompiler, each_c_header_compiles_alone_in_every_standard) {
    for (const char* header : {"berth.h", "client.h", "ext/db.h", "ext/request.h", "ext/config.h", "ext/resume.h", "ext/topics.h"}) {
        const std::string text = std::string("#include <berth/") + header + ">\n";
        write_file(directory / "alone.c", text + "int one(void);\n");
        write_file(directory / "alone.cpp", text);
        for (const char* standard : {"-std=c11", "-std=c17"})
            EXPECT_COMPILES({GetParam().c},
                            {standard, include, "-fsyntax-only", (directory / "alone.c").string()});
        for (const char* standard : {"-std=c++17", "-std=c++20"})
            EXPECT_COMPILES({GetParam().cxx},
                            {standard, include, "-fsyntax-only", (directory / "alone.cpp").string()});
    }
}

TEST_P(WithCompiler, each_cpp_header_says_which_standard_it_needs) {
    for (const char* header : {"berth.hpp", "client.hpp"}) {
        write_file(directory / "older.cpp", std::string("#include <berth/") + header + ">\n");
        const Output output = run({GetParam().cxx, "-std=c++17", include, "-fsyntax-only", (directory / "older.cpp").string()});
        EXPECT_NE(output.exit_code, 0);
        EXPECT_THAT(output.err, HasSubstr("Berth needs C++20: compile with -std=c++20")) << header;
    }
}

TEST_P(WithCompiler, the_interval_grammar_compiles_as_cpp_17) {
    write_file(directory / "alone.cpp", "#include <berth/duration.hpp>\n");
    EXPECT_COMPILES({GetParam().cxx},
                    {"-std=c++17", include, "-fsyntax-only", (directory / "alone.cpp").string()});
}

TEST_P(WithCompiler, the_witness_of_1_0_holds_for_the_header_of_today_and_for_the_frozen_one) {
    const std::string witness = (source / "sdk/abi/1.0/witness.cpp").string();
    for (const std::string& headers : {include, frozen})
        EXPECT_COMPILES({GetParam().cxx}, {"-std=c++17", headers, "-fsyntax-only", witness});
}

TEST_P(WithCompiler, a_project_compiles_without_a_warning) {
    for (const char* project : {"tests/abi/projects/probe.cpp", "examples/03-interval/hello.cpp"}) {
        Command options{"-std=c++20", include, "-fsyntax-only", (source / project).string()};
        options.insert(options.end(), std::begin(cxx_warnings), std::end(cxx_warnings));
        EXPECT_COMPILES({GetParam().cxx}, options);
    }
    EXPECT_COMPILES({GetParam().c},
                    {"-std=c11", include, "-fsyntax-only", (source / "examples/10-c/c_echo.c").string()});
}

INSTANTIATE_TEST_SUITE_P(Header, WithCompiler,
                         testing::Values(Compiler{"gcc", "gcc", "g++"}, Compiler{"clang", "clang", "clang++"},
                                         Compiler{"mingw", "x86_64-w64-mingw32-gcc",
                                                  "x86_64-w64-mingw32-g++"}),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(Face, each_of_its_headers_compiles_alone) {
    const TempDir directory;
    for (const auto& entry : std::filesystem::directory_iterator(source / "sdk/include/berth/cpp")) {
        write_file(directory / "alone.cpp",
                   "#include <berth/cpp/" + entry.path().filename().string() + ">\n");
        EXPECT_COMPILES({"clang++"},
                        {"-std=c++20", include, "-fsyntax-only", (directory / "alone.cpp").string()});
    }
}

TEST(Client, its_header_for_cpp_compiles_alone) {
    const TempDir directory;
    write_file(directory / "alone.cpp", "#include <berth/client.hpp>\n");
    for (const char* compiler : {"g++", "clang++"}) {
        Command options{"-std=c++20", include, "-fsyntax-only", (directory / "alone.cpp").string()};
        options.insert(options.end(), std::begin(cxx_warnings), std::end(cxx_warnings));
        EXPECT_COMPILES({compiler}, options);
    }
}

TEST(Windows, links_projects_in_cpp_and_c_to_dlls_with_one_export) {
    const TempDir directory;
    const std::string hello = (directory / "hello.dll").string(),
                      c_echo = (directory / "c-echo.dll").string();
    EXPECT_COMPILES({"x86_64-w64-mingw32-g++"}, {"-std=c++20", include, "-shared", "-static", "-o", hello,
                                                 (source / "examples/03-interval/hello.cpp").string()});
    EXPECT_COMPILES({"x86_64-w64-mingw32-gcc"}, {"-std=c11", include, "-shared", "-o", c_echo,
                                                 (source / "examples/10-c/c_echo.c").string()});

    EXPECT_THAT(exports_of_dll(hello), testing::ElementsAre("berth_project_v1"));
    EXPECT_THAT(exports_of_dll(c_echo), testing::ElementsAre("berth_project_v1"));
}

/// One line of the probe project replaced by a wrong one, and what the compiler must say to it.
struct Mistake {
    std::string name, right, wrong, says;
    std::string clang_says = {};  ///< where it has words of its own
    friend void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }
};

/// Each compiler reads the face once and keeps it precompiled: a mistake is then quickly found.
class AuthorsMistake : public testing::TestWithParam<Mistake> {
protected:
    static void SetUpTestSuite() {
        directory = new TempDir;
        const std::string face = (source / "sdk/include/berth/berth.hpp").string();
        std::filesystem::create_directories(*directory / "gcc/berth");
        for (const Command& command :
             {Command{"g++", "-o", (*directory / "gcc/berth/berth.hpp.gch").string()},
              Command{"clang++", "-o", (*directory / "face.pch").string()}}) {
            Command whole = command;
            whole.insert(whole.end(), {"-std=c++20", include, "-x", "c++-header", face});
            const Output output = run(whole);
            ASSERT_EQ(output.exit_code, 0) << output.err;
        }
    }
    static void TearDownTestSuite() { delete directory; }

    static TempDir* directory;
};

TempDir* AuthorsMistake::directory = nullptr;

TEST_P(AuthorsMistake, is_refused_while_compiling) {
    const Mistake& mistake = GetParam();
    std::string text = read_file(source / "tests/abi/projects/probe.cpp");
    const auto at = text.find(mistake.right);
    ASSERT_NE(at, std::string::npos) << "the probe project has no such line: " << mistake.right;
    text.replace(at, mistake.right.size(), mistake.wrong);
    const std::string file = (*directory / "mistake.cpp").string();
    write_file(file, text);

    const Output gcc =
        run({"g++", "-std=c++20", "-I" + (*directory / "gcc").string(), include, "-fsyntax-only", file},
            {{"LC_ALL", "C"}});
    const Output clang = run({"clang++", "-std=c++20", "-include-pch", (*directory / "face.pch").string(),
                              include, "-fsyntax-only", file});

    EXPECT_EQ(gcc.exit_code, 1);
    EXPECT_THAT(gcc.err, HasSubstr(mistake.says));
    EXPECT_EQ(clang.exit_code, 1);
    EXPECT_THAT(clang.err, HasSubstr(mistake.clang_says.empty() ? mistake.says : mistake.clang_says));
}

const std::string shared_of_probe = R"(    struct Shared {
        explicit Shared(berth::Host services) : host(services) { host.log("shared made"); }
        ~Shared() { host.log("shared gone"); }
        berth::Host host;
        int messages = 0;  // the tests drive one context at a time
    };
)";

INSTANTIATE_TEST_SUITE_P(
    Face, AuthorsMistake,
    testing::Values(
        Mistake{"annotation_out_of_order", "<interval=20 s>", "<interval=5 s 2 min>",
                "units go from large to small, each once"},
        Mistake{"annotation_with_a_bare_m", "<interval=20 s>", "<interval=20 m>",
                "m is not a unit: write min for minutes or ms for milliseconds"},
        Mistake{"annotation_with_an_unknown_key", "<interval=20 s>", "<every=20 s>",
                "unknown key: the only one is interval, as in <interval=20 s>"},
        Mistake{"annotation_in_weeks", "<interval=20 s>", "<interval=5 weeks>",
                "array subscript value '13' is outside the bounds of array 'THE_INTERVAL_ANNOTATION_IS_WRONG_AT_CHARACTER'",
                "(12, &\"unknown unit: use d, h, min, s or ms\""},
        Mistake{"annotation_without_end", "<interval=20 s>", "<interval=20 s",
                "an annotation ends with >, as in <interval=20 s>"},
        Mistake{"project_name_with_capitals", ".name = \"probe\"", ".name = \"Probe\"",
                "a project's name is [a-z0-9][a-z0-9_-]{0,63}, or empty for the file's stem"},
        Mistake{"misspelt_event", "void stop() override", "void stopped() override",
                "marked 'override', but does not override",
                "only virtual member functions can be marked 'override'"},
        Mistake{"event_with_other_parameters", "void stop() override", "void stop(int) override",
                "marked 'override', but does not override",
                "non-virtual member function marked 'override' hides virtual member function"},
        Mistake{"integer_for_a_client", "disconnect(from, 4000", "disconnect(4, 4000",
                "cannot convert 'int' to 'berth::ClientId'",
                "cannot initialize a parameter of type 'berth::ClientId' with an rvalue of type 'int'"},
        Mistake{"argument_of_another_type", "execute<Tiny>(from, 300)", "execute<Tiny>(from, \"300\")",
                "execute: an argument's type does not fit the procedure's parameter"},
        Mistake{"real_for_an_integer", "execute<Tiny>(from, 300)", "execute<Tiny>(from, 3.5)",
                "execute: an argument's type does not fit the procedure's parameter"},
        Mistake{"argument_missing", "execute<Tiny>(from, 300)", "execute<Tiny>(from)",
                "execute: the procedure has another number of parameters"},
        Mistake{"completion_of_another_kind", "berth::then<Done>(99)", "berth::then<Fail>(99)",
                "a completion's procedure takes (integer tag, integer or berth::Status status)"},
        Mistake{"procedure_that_is_not_listed", "Procedures<Say, Everything, Tiny,", "Procedures<Say, Everything,",
                "execute: this procedure is not in the project's list: write it into the public"},
        Mistake{"completion_that_is_not_listed", "Tiny, Done, Fail,", "Tiny, Fail,",
                "execute: this procedure is not in the project's list: write it into the public"},
        Mistake{"list_that_is_left_out", "using procedures = berth::Procedures<", "using my_procedures = berth::Procedures<",
                "execute: this procedure is not in the project's list: write it into the public"},
        Mistake{"two_procedures_of_one_name", "Procedure<\"tiny\"", "Procedure<\"done\"",
                "two procedures have the same name"},
        Mistake{"procedure_without_a_name", "Procedure<\"tiny\"", "Procedure<\"\"",
                "a procedure's name has 1 to 64 bytes"},
        Mistake{"procedure_that_returns", "void nothing() {}", "int nothing() { return 0; }",
                "a procedure is a member function that returns void"},
        Mistake{"procedure_with_a_reference", "void fail(const std::string& why)",
                "void fail(std::string& why)",
                "a procedure takes its parameters by value or const reference"},
        Mistake{"parameter_that_can_not_travel", "void nothing() {}", "void nothing(std::vector<int>) {}",
                "a procedure's parameters are bool, integers, double, text, berth::Buffer or"},
        Mistake{"manifest_that_is_private", "using Project::Project;", "using Project::Project;\n\nprivate:",
                "the class's `manifest` is not public: write it below `public:`"},
        Mistake{"procedures_that_are_private", "    using procedures =", "private:\n    using procedures =",
                "the class's `procedures` is not public: write it below `public:`"},
        Mistake{"resumes_that_is_private", "    int messages_ = 0;\n",
                "    int messages_ = 0;\n    using resumes = berth::Resumes<&Probe::messages_>;\n",
                "the class's `resumes` is not public: write it after the members that it names, below `public:`"},
        Mistake{"shared_that_is_protected", shared_of_probe, "protected:\n" + shared_of_probe + "\npublic:\n",
                "the class's `Shared` is not public: write it below `public:`"},
        Mistake{"class_that_is_no_project", "BERTH_PROJECT(Probe)", "BERTH_PROJECT(std::string)",
                "a project derives from berth::Project"},
        Mistake{"callback_that_may_throw", "BERTH_PROJECT(Probe)",
                "static berth_status may_throw(void*, berth_context*) { throw 1; }\n"
                "static const berth_project table{.stop = &may_throw};\nBERTH_EXPORT_PROJECT(table)",
                "invalid conversion from 'berth_status (*)(void*, berth_context*)'",
                "different exception specifications"}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(Windows, refuses_a_callback_that_may_throw) {
    const TempDir directory;
    write_file(directory / "mistake.cpp",
               "#include <berth/berth.h>\nstatic berth_status may_throw(void*, berth_context*) { throw 1; }\n"
               "static const berth_project table{.stop = &may_throw};\nBERTH_EXPORT_PROJECT(table)\n");

    const Output output = run({"x86_64-w64-mingw32-g++", "-std=c++20", include, "-fsyntax-only",
                               (directory / "mistake.cpp").string()},
                              {{"LC_ALL", "C"}});

    EXPECT_NE(output.exit_code, 0);
    EXPECT_THAT(output.err, HasSubstr("invalid conversion from 'berth_status (*)(void*, berth_context*)'"));
}

}  // namespace
