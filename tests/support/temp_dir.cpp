// SPDX-License-Identifier: MIT
#include "support/temp_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace berth::test {

TempDir::TempDir(std::string_view prefix) {
    std::string name = (std::filesystem::temp_directory_path() / (std::string{prefix} + "-XXXXXX")).string();
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("mkdtemp " + name + ": " + std::strerror(errno));
    path_ = name;
}

TempDir::~TempDir() {
    if (kept_) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
}

void write_file(const std::filesystem::path& file, std::string_view content) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) throw std::runtime_error("cannot write " + file.string());
}

void install_file(const std::filesystem::path& from, const std::filesystem::path& to) {
    auto beside = to;
    beside += ".part";
    std::filesystem::copy_file(from, beside, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(beside, to);
}

}  // namespace berth::test
