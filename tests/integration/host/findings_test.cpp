// SPDX-License-Identifier: MIT
/// host/roles/doctor/findings.md and `berth doctor`: each finding of the page is shown by a library that is wrong in this
/// one way, and the sources know no other.
#include <elf.h>

#include <cstddef>
#include <regex>
#include <set>
#include <sstream>

#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;

namespace {

const std::filesystem::path source = BERTH_SOURCE_DIRECTORY;

/// The page's findings with their severities.
std::map<std::string, std::string> documented() {
    std::map<std::string, std::string> found;
    std::istringstream page{read_file(source / "host/roles/doctor/findings.md")};
    const std::regex row{R"(^\| `([a-z-]+)` \| (error|warning|note) \| .+ \|$)"};
    std::smatch match;
    for (std::string line; std::getline(page, line);)
        if (std::regex_match(line, match, row)) found[match[1]] = match[2];
    return found;
}

/// Names that stand where a finding is made.
std::set<std::string> in_sources() {
    std::set<std::string> names;
    const std::regex made{R"re((?:\b(?:refuse|warn|note|refuse_if_shared|found|refused|fault|refusal)\(\s*"([a-z-]+)")re"
                          R"re(|\{"([a-z-]+)",\s*Finding::Severity))re"};
    std::vector<std::filesystem::path> files{source / "host/worker/manifest.cpp"};
    for (const auto* folder : {"host/elf", "host/roles/doctor"})
        for (const auto& entry : std::filesystem::directory_iterator(source / folder))
            if (entry.path().extension() == ".cpp") files.push_back(entry.path());
    for (const auto& file : files) {
        const std::string text = read_file(file);
        for (std::sregex_iterator at{text.begin(), text.end(), made}, end; at != end; ++at)
            names.insert((*at)[1].matched ? (*at)[1].str() : (*at)[2].str());
    }
    return names;
}

class Findings : public testing::Test {
protected:
    // A library that crashes must end by its signal, as it would for its author.
    void SetUp() override {
        ::setenv("ASAN_OPTIONS", "handle_segv=0:handle_abort=0:detect_leaks=0", 1);
        ::setenv("TSAN_OPTIONS", "handle_segv=0:handle_abort=0", 1);
    }

    /// The doctor's word on a library must have that finding.
    void shows(const std::string& name, const std::filesystem::path& library, const std::vector<std::string>& options = {}) {
        std::vector<std::string> command{berth_executable().string(), "doctor", "--json", library.string()};
        command.insert(command.end(), options.begin(), options.end());
        const Output said = run(command);
        const json diagnosis = json::parse(said.out, nullptr, false);
        ASSERT_TRUE(diagnosis.is_object()) << name << ": " << said.out << said.err;
        for (const json& finding : diagnosis.at("findings")) {
            if (finding.at("name") != name) continue;
            shown_[name] = finding.at("severity");
            EXPECT_NE(finding.at("sentence"), "") << name;
            EXPECT_NE(finding.at("remedy"), "") << name;
        }
        EXPECT_TRUE(shown_.contains(name)) << name << " is not in " << diagnosis;
    }
    void runs_and_shows(const std::string& name, const std::string& way, std::vector<std::string> options = {}) {
        options.emplace_back("--run");
        shows(name, fixture_project("wrong-" + way), options);
    }
    /// As an author's compiler makes it.
    std::filesystem::path build(const std::string& text, const std::string& options = "", const std::string& language = "c") {
        const std::string stem = (work_ / ("library" + std::to_string(++number_))).string();
        write_file(stem + "." + language, text);
        const auto made = run({"sh", "-c", std::string(language == "c" ? "cc" : "c++ -std=c++20") + " -shared -fPIC -fvisibility=hidden -I '" +
                                               (source / "sdk/include").string() + "' " + stem + "." + language + " -o " + stem + ".so " +
                                               options});
        EXPECT_EQ(made.exit_code, 0) << made.err;
        return stem + ".so";
    }
    std::filesystem::path file(const std::string& bytes) {
        const auto path = work_ / ("file" + std::to_string(++number_) + ".so");
        write_file(path, bytes);
        return path;
    }
    /// The library with its note of the interface changed.
    std::filesystem::path with_note(const std::filesystem::path& library, char major, char minor) {
        std::string bytes = read_file(library);
        const auto at = bytes.find(std::string("Berth\0\0\0\1\0\0\0", 12));
        EXPECT_NE(at, std::string::npos);
        bytes[at + 8] = major;
        bytes[at + 12] = minor;
        return file(bytes);
    }

    const std::string plain_ =
        "#include <berth/berth.h>\nstatic const berth_project table = {.struct_size = sizeof(berth_project)};\n"
        "BERTH_EXPORT_PROJECT(table);\n";
    TempDir work_{"berth-findings"};
    int number_ = 0;
    std::map<std::string, std::string> shown_;
};

}  // namespace

TEST_F(Findings, each_of_the_page_is_shown_by_a_library_and_the_sources_have_no_other) {
    const auto good = build(plain_);
    std::string bytes = read_file(good);

    // ---- the file ----
    shows("unreadable", work_.path());
    shows("empty", file(""));
    shows("not-elf", file("not a library"));
    shows("truncated", file(bytes.substr(0, 40)));
    std::string changed = bytes;
    changed[offsetof(Elf64_Ehdr, e_phentsize)] = 57;
    shows("damaged", file(changed));
    changed = bytes;
    changed[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_AARCH64);
    shows("wrong-machine", file(changed));
    shows("not-shared", berth_executable());

    // ---- its interface ----
    shows("no-entry", fixture_project("wrong-no_entry"));
    shows("other-abi", build("__attribute__((visibility(\"default\"))) const void *berth_project_v2(void) { return 0; }\n"));
    shows("abi-major", with_note(good, 2, 0));
    shows("abi-minor", with_note(good, 1, 9));
    shows("no-abi-note", build("#include <berth/berth.h>\nstatic const berth_project table = {.struct_size = sizeof(berth_project)};\n"
                               "const berth_project *berth_project_v1(void) { return &table; }\n"));

    // ---- what it needs ----
    shows("missing-symbol", fixture_project("wrong-missing_symbol"));
    const std::string more = plain_ + "struct berth_project_exported_ { int unused; };\n";
    const std::string use = more + "int other(void);\nint use(void) { return other(); }\n";
    std::filesystem::rename(build("__attribute__((visibility(\"default\"))) int other(void) { return 1; }\n", "-Wl,-soname,libgone.so.1"),
                            work_ / "libgone.so.1");
    const auto lonely = build(use, (work_ / "libgone.so.1").string());
    std::filesystem::remove(work_ / "libgone.so.1");
    shows("missing-library", lonely);
    write_file(work_ / "new.map", "V1 { local: *; };\nV2 { global: other; } V1;\n");
    write_file(work_ / "old.map", "V1 { global: other; local: *; };\n");
    const std::string versioned = "__attribute__((visibility(\"default\"))) int other(void) { return 1; }\n";
    const std::string library = (work_ / "libversioned.so.1").string();
    std::filesystem::rename(build(versioned, "-Wl,-soname,libversioned.so.1 -Wl,--version-script," + (work_ / "new.map").string()), library);
    const auto newer = build(use, library + " -Wl,-rpath," + work_.path().string());
    std::filesystem::rename(build(versioned, "-Wl,-soname,libversioned.so.1 -Wl,--version-script," + (work_ / "old.map").string()), library);
    shows("symbol-version", newer);

    // ---- its properties ----
    shows("extra-exports", build(more + "__attribute__((visibility(\"default\"))) int more(void) { return 1; }\n"));
    shows("unique-symbols", build(more + "__asm__(\".globl once\\n.type once, @gnu_unique_object\\n.data\\nonce: .long 5\\n.size once, 4\\n\");\n"));
    shows("executable-stack", build(plain_, "-Wl,-z,execstack"));
    shows("text-relocations", build(more + "extern int here;\n__asm__(\".text\\n.quad here\\n\");\nint here = 1;\n", "-Wl,-z,notext"));
    shows("thread-local", build(more + "__thread int mine;\nint *use(void) { return &mine; }\n"));
    shows("run-path", build(plain_, "'-Wl,-rpath,$ORIGIN/lib'"));
    shows("no-build-id", build(plain_, "-Wl,--build-id=none"));
    shows("no-debug-data", build(plain_, "-g0"));

    // ---- its table ----
    runs_and_shows("no-table", "null_table");
    shows("table-size", fixture_project("wrong-small_size"));
    shows("later-minor", fixture_project("wrong-later_minor"));
    shows("table-text", build("#include <berth/berth.h>\nstatic const berth_project table = {.struct_size = sizeof(berth_project), "
                              ".version = {\"\\xff\", 1}};\nBERTH_EXPORT_PROJECT(table);\n"));
    shows("project-name", fixture_project("wrong-bad_name"));
    shows("interval", fixture_project("wrong-unknown_unit"));
    shows("interval-unit", fixture_project("wrong-bare_interval"));
    shows("procedures", fixture_project("wrong-twice_procedure"));
    shows("no-destroy", fixture_project("wrong-failing_create"));
    shows("no-events", good);
    shows("table-unread", build("#include <berth/berth.h>\n#include <time.h>\nstatic berth_project table;\n"
                                "const berth_project *berth_project_v1(void) { table.flags = (uint64_t)time(0); return &table; }\n"));

    // ---- its life ----
    runs_and_shows("not-run", "no_entry");
    shows("load-library", build(more + "__thread char much[1 << 24] __attribute__((tls_model(\"initial-exec\")));\n"
                                       "char *use(void) { return much; }\n"),
          {"--run"});
    runs_and_shows("entry-fails", "throwing_entry");
    runs_and_shows("load-fails", "failing_load");
    runs_and_shows("start-fails", "failing_create");
    runs_and_shows("crash", "crashing_message");
    runs_and_shows("hangs", "hanging_message", {"--limit", "1 s"});
    runs_and_shows("exits", "exiting_load");
    runs_and_shows("stop-fails", "hanging_end", {"--limit", "2 s"});
    runs_and_shows("contexts-left", "hanging_end", {"--limit", "2 s"});
    runs_and_shows("shared-globals", "shared_globals");
    runs_and_shows("shared-state", "shared_state");
#if !defined(BERTH_SANITIZED)
    runs_and_shows("memory-grows", "keeping_memory");
#endif
    runs_and_shows("threads-grow", "keeping_threads");
    runs_and_shows("descriptors-grow", "keeping_descriptors");
    runs_and_shows("threads-left", "left_thread");
    runs_and_shows("descriptors-left", "left_descriptor");
    runs_and_shows("late-call", "late_call");
    runs_and_shows("foreign-context", "kept_context");
    runs_and_shows("invalid-call", "invalid_call");
    runs_and_shows("left-open", "left_open");
    runs_and_shows("event-fails", "failing_message");
    runs_and_shows("slow-event", "slow_message");
    runs_and_shows("refuses-clients", "refusing");

    auto wanted = documented();
    std::set<std::string> names;
    for (const auto& [name, severity] : wanted) names.insert(name);
    EXPECT_EQ(names, in_sources());
    // A sanitizer's memory has no figures.
#if defined(BERTH_SANITIZED)
    wanted.erase("memory-grows");
#endif
    EXPECT_EQ(shown_, wanted);
}

}  // namespace berth::test
