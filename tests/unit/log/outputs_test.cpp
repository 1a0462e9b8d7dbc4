// SPDX-License-Identifier: MIT
#include "log/outputs.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/unique_fd.hpp"

namespace berth::host::log {
namespace {

class LogOutputs : public testing::Test {
protected:
    LogOutputs() {
        std::string name = (std::filesystem::temp_directory_path() / "berth-log-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        directory_ = name;
    }
    ~LogOutputs() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] Outputs::Options options() const {
        Outputs::Options options;
        options.to_stderr = false;
        options.directory = directory_ / "log";
        return options;
    }
    static Record record(std::string message, std::string project = "", std::string text = "") {
        Record r;
        r.message = std::move(message);
        r.project = std::move(project);
        if (!text.empty()) r.fields = {{"text", std::move(text), false}};
        return r;
    }
    [[nodiscard]] std::vector<std::string> lines_of(const std::string& name) const {
        std::ifstream file(directory_ / "log" / name);
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);) lines.push_back(line);
        return lines;
    }

    std::filesystem::path directory_;
};

TEST_F(LogOutputs, write_one_file_for_the_host_and_one_per_project) {
    auto o = options();
    o.project_files = true;
    auto outputs = Outputs::create(o);
    ASSERT_TRUE(outputs.has_value());

    (*outputs)->write(record("host started"));
    (*outputs)->write(record("project started", "chat"));
    (*outputs)->write(record("project started", "echo"));
    (*outputs)->write(record("project started", "../escape"));

    EXPECT_EQ(lines_of("berth.log").size(), 4u);
    ASSERT_EQ(lines_of("chat.log").size(), 1u);
    EXPECT_THAT(lines_of("chat.log")[0], testing::HasSubstr("project started  project=chat"));
    EXPECT_EQ(lines_of("echo.log").size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "escape.log"));
}

TEST_F(LogOutputs, write_json_when_asked) {
    auto o = options();
    o.format = Outputs::Format::json;
    auto outputs = Outputs::create(o);

    (*outputs)->write(record("host started"));

    EXPECT_EQ(nlohmann::json::parse(lines_of("berth.log").at(0))["message"], "host started");
}

TEST_F(LogOutputs, rotate_files_by_size_and_keep_so_many) {
    auto o = options();
    o.file_bytes = 4096;
    o.file_count = 3;
    auto outputs = Outputs::create(o);

    for (int i = 0; i < 200; ++i)
        (*outputs)->write(record("line " + std::to_string(i), "", std::string(100, 'x')));

    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ / "log")) {
        ++files;
        EXPECT_LE(entry.file_size(), 4096u);
    }
    EXPECT_EQ(files, 3u);
}

TEST_F(LogOutputs, take_secrets_out_before_anything_keeps_them) {
    auto outputs = Outputs::create(options());

    (*outputs)->write(record("refused /chat?token=hunter2", "", "Bearer hunter2"));

    EXPECT_THAT(lines_of("berth.log").at(0), testing::Not(testing::HasSubstr("hunter2")));
    const auto kept = (*outputs)->ring().last({}, 1);
    EXPECT_THAT(line_of(kept.at(0)), testing::Not(testing::HasSubstr("hunter2")));
}

TEST_F(LogOutputs, count_repeats_and_tell_them_at_the_end) {
    {
        auto outputs = Outputs::create(options());
        for (int i = 0; i < 413; ++i) (*outputs)->write(record("same"));
        EXPECT_EQ((*outputs)->figures().suppressed, 412u);
    }
    ASSERT_EQ(lines_of("berth.log").size(), 2u);
    EXPECT_THAT(lines_of("berth.log")[1], testing::HasSubstr("same: repeated 412 times"));
}

TEST_F(LogOutputs, give_every_record_to_those_who_follow) {
    auto outputs = Outputs::create(options());
    std::vector<std::string> heard;
    (*outputs)->ring().follow({}, [&](const Record& r) { heard.push_back(r.message); });

    (*outputs)->sink("supervisor")(Line{Level::info, 1, "one", {}});
    (*outputs)->write(record("two"));

    EXPECT_EQ(heard, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ((*outputs)->ring().last({}, 2).at(0).process, "supervisor");
}

TEST_F(LogOutputs, refuse_a_directory_that_cannot_be_made) {
    std::ofstream(directory_ / "file") << "x";
    auto o = options();
    o.directory = directory_ / "file" / "log";

    const auto outputs = Outputs::create(o);

    ASSERT_FALSE(outputs.has_value());
    EXPECT_THAT(outputs.error().message,
                testing::HasSubstr("log directory " + o.directory.string() + ": Not a directory"));
}

TEST_F(LogOutputs, do_not_wait_for_a_reader_of_standard_error_that_has_stopped) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd full(ends[1]);
    const UniqueFd usual(::dup(STDERR_FILENO));
    Outputs::Options o;
    auto outputs = Outputs::create(o);
    ASSERT_EQ(::dup2(full.get(), STDERR_FILENO), STDERR_FILENO);

    for (int i = 0; i < 100; ++i)
        (*outputs)->write(record("line " + std::to_string(i), "", std::string(2000, 'x')));

    ::dup2(usual.get(), STDERR_FILENO);
    EXPECT_GT((*outputs)->figures().failed, 0u);
    EXPECT_EQ((*outputs)->ring().last({}, 1000).size(), 100u);
}

TEST_F(LogOutputs, survive_a_disk_that_takes_nothing) {
    auto o = options();
    std::filesystem::create_directory(o.directory);
    std::filesystem::create_symlink("/dev/full", o.directory / "chat.log");
    o.project_files = true;
    auto outputs = Outputs::create(o);

    for (int i = 0; i < 5; ++i) (*outputs)->write(record("line " + std::to_string(i), "chat"));

    EXPECT_EQ(lines_of("berth.log").size(), 5u);
    EXPECT_GT((*outputs)->figures().failed, 0u);
}

}  // namespace
}  // namespace berth::host::log
