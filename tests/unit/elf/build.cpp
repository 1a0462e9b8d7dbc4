// SPDX-License-Identifier: MIT
#include "unit/elf/build.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace berth::host::elf {

Builder::Builder() {
    std::string name = (std::filesystem::temp_directory_path() / "berth-elf-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
}

Builder::~Builder() {
    std::filesystem::remove_all(directory_);
}

std::filesystem::path Builder::build(const std::string& language, const std::string& source,
                                     const std::string& options) const {
    static std::atomic<int> number = 0;
    const std::string stem = "library" + std::to_string(++number);
    const auto source_path = directory_ / (stem + "." + language);
    const auto library = directory_ / (stem + ".so");
    std::ofstream(source_path) << source;
    const std::string command = std::string(language == "c" ? BERTH_TEST_CC : BERTH_TEST_CXX) +
                                " -I" BERTH_TEST_INCLUDE " " + source_path.string() + " -o " +
                                library.string() + " " + options + " 2>&1";
    std::string output;
    FILE* compiler = popen(command.c_str(), "r");
    EXPECT_NE(compiler, nullptr);
    if (compiler == nullptr) return library;
    std::array<char, 4096> block;
    for (std::size_t got; (got = std::fread(block.data(), 1, block.size(), compiler)) > 0;)
        output.append(block.data(), got);
    EXPECT_EQ(pclose(compiler), 0) << command << "\n" << output;
    return library;
}

File bytes_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    File file(text.size());
    std::memcpy(file.data(), text.data(), text.size());
    return file;
}

const File& good_file() {
    static const File file = [] {
        const Builder builder;
        return bytes_of(builder.build("c", plain_project, "-shared -fPIC -fvisibility=hidden -g -Wl,--build-id"));
    }();
    return file;
}

std::vector<std::string> said(const Report& report) {
    std::vector<std::string> lines;
    for (const Finding& finding : report.findings)
        if (finding.severity != Finding::Severity::note)
            lines.push_back(std::string(name_of(finding.severity)) + " " + finding.id + ": " + finding.text());
    return lines;
}

std::string refusal_of(const File& file, const Rules& rules) {
    const Report report = inspect(file, rules);
    return report.refusal() == nullptr ? "" : report.refusal()->text();
}

}  // namespace berth::host::elf
