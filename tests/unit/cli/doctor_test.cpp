// SPDX-License-Identifier: MIT
/// `berth doctor` on files that are no libraries: output, JSON, exit codes.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/cli.hpp"
#include "cli/terminal.hpp"
#include "support/temp_dir.hpp"

namespace berth::host::cli {
namespace {

using nlohmann::json;

struct Said {
    int code = 0;
    std::string out;
    std::string err;
};

Said run(const std::vector<std::string>& words) {
    const auto command = parse(words);
    if (!command) return {.code = command.error().exit_code, .out = "", .err = command.error().text};
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Terminal terminal(in, out, err, {.json = command->arguments.has("json"), .quiet = command->arguments.has("quiet")});
    const int code = command->verb->run(command->arguments, terminal);
    return {.code = code, .out = out.str(), .err = err.str()};
}

TEST(DoctorVerb, shows_findings_with_their_remedies_and_answers_by_exit_code) {
    const berth::test::TempDir directory("berth-doctor-test");
    const std::filesystem::path file = directory.path() / "chat.so";
    std::ofstream(file) << "no library";

    const Said said = run({"doctor", file.string()});

    EXPECT_EQ(said.code, exit_failed);
    EXPECT_EQ(said.out,
              "error: not-elf: is not a library: it does not begin as an ELF file\n"
              "    build it as a shared library, as berth_add_project() does\n");
    EXPECT_EQ(said.err, "berth: " + file.string() + ": 1 error, 0 warnings, 0 notes\n");
    EXPECT_EQ(run({"doctor", (directory.path() / "gone.so").string()}).code, exit_no_input);
    EXPECT_EQ(run({"doctor", "--isolation", "some", file.string()}).code, exit_usage);
}

TEST(DoctorVerb, has_json_for_programs) {
    const berth::test::TempDir directory("berth-doctor-test");
    const std::filesystem::path file = directory.path() / "empty.so";
    std::ofstream{file};

    const json diagnosis = json::parse(run({"doctor", "--json", file.string()}).out);

    EXPECT_EQ(diagnosis["verdict"], "refused");
    EXPECT_EQ(diagnosis["errors"], 1);
    EXPECT_EQ(diagnosis["library"], nullptr);
    EXPECT_EQ(diagnosis["findings"][0], json({{"name", "empty"},
                                              {"severity", "error"},
                                              {"sentence", "is empty"},
                                              {"remedy", "copy the file again"}}));
}

}  // namespace
}  // namespace berth::host::cli
