// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "cli/arguments.hpp"
#include "cli/new_project.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "log/render.hpp"

namespace berth::host::cli::verbs {
namespace {

int exit_code_of(const Error& error) {
    if (error.code == Code::invalid) return exit_usage;
    return error.code == Code::not_found ? exit_no_input : exit_failed;
}

std::set<std::string> parts_of(const Arguments& arguments) {
    std::set<std::string> parts;
    for (const std::string& list : arguments.texts("with")) {
        std::istringstream in(list);
        for (std::string part; std::getline(in, part, ',');) {
            if (!part.empty()) parts.insert(part);
        }
    }
    return parts;
}

/// The three commands of the project's own README.
void print_commands(const NewProject& project, std::ostream& out) {
    const std::string directory = project.directory.string(), name = project.directory.filename().string();
    const bool is_rust = project.language == "rust", has_test = project.parts.contains("test");
    const std::string library = is_rust ? "target/release/libproject.so" : "build/" + name + ".so";
    out << "  cd " << directory << '\n'
        << (is_rust ? "  cargo build --release --offline\n" : "  cmake -S . -B build && cmake --build build\n");
    if (!has_test) {
        out << "  berth doctor " << library << '\n';
    } else {
        out << (is_rust ? "  cargo test --offline\n" : "  ctest --test-dir build --output-on-failure\n");
    }
    out << "  berth add " << library << '\n';
}

int run(const Arguments& arguments, Terminal& terminal) {
    NewProject project;
    // "hello/" is hello.
    project.directory = std::filesystem::path(*arguments.text("NAME"));
    if (!project.directory.has_filename()) project.directory = project.directory.parent_path();
    project.language = arguments.text("lang").value_or("cpp");
    project.parts = parts_of(arguments);

    const auto given = arguments.text("template");
    const auto templates = given ? Result<std::filesystem::path>(*given) : find_templates();
    if (!templates) return terminal.fail(exit_no_input, templates.error().message);
    const auto files = write_project(*templates, project);
    if (!files) return terminal.fail(exit_code_of(files.error()), "new: " + log::escaped(files.error().message));

    if (terminal.manners().json) {
        terminal.put({{"directory", project.directory.string()},
                      {"name", project.directory.filename().string()},
                      {"language", project.language},
                      {"parts", project.parts},
                      {"files", *files}});
        return exit_done;
    }
    for (const std::string& file : *files) terminal.out() << (project.directory / file).string() << '\n';
    if (!terminal.manners().quiet) {
        terminal.say("that is a project; what to do with it:");
        print_commands(project, terminal.out());
    }
    return exit_done;
}

}  // namespace

Verb new_project() {
    return {
        .name = "new",
        .group = "projects",
        .summary = "Write a project of one's own: it builds, and runs as it is.",
        .description =
            "Makes the directory NAME with sources, build file and a README of three commands. NAME may be a path; its\n"
            "last part is the project's name. Nothing that exists is touched, and nothing is left half done.",
        .positionals = {{.name = "NAME", .help = "The directory to make; a-z, 0-9, _ and -."}},
        .options = {{.name = "lang", .value = "LANGUAGE", .help = "cpp (the default), c or rust.", .completes = Completes::language},
                    {.name = "with",
                     .value = "PARTS",
                     .help = "Of database, page and test, with commas between.",
                     .is_repeatable = true},
                    {.name = "template", .value = "DIRECTORY", .help = "Another template than the installed one.", .completes = Completes::file}},
        .examples = {{"berth new hello", "the smallest, in C++"},
                     {"berth new rooms --with database,page,test", "with all parts"},
                     {"berth new ticker --lang rust --with test", "in Rust"}},
        .run = run,
        .uses_host = false};
}

}  // namespace berth::host::cli::verbs
