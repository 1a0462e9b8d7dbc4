// SPDX-License-Identifier: MIT
#include "worker/library.hpp"

// Boost.DLL 1.74 with std::filesystem needs these before its own headers.
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

namespace berth::host::worker {
namespace {

constexpr const char* entry_name = "berth_project_v1";

/// boost::dll::fs::system_error says "…: what (dlerror system message: SENTENCE): Bad file descriptor".
std::string sentence_of(const std::exception& error, const std::string& path) {
    std::string text = error.what();
    constexpr std::string_view begin = "system message: ";
    if (const auto at = text.find(begin); at != std::string::npos) {
        text.erase(0, at + begin.size());
        if (const auto end = text.rfind(')'); end != std::string::npos) text.erase(end);
    }
    if (text.starts_with(path + ": ")) text.erase(0, path.size() + 2);  // The caller names the file.
    return text;
}

bool is_this_program(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::equivalent(path, "/proc/self/exe", ignored);
}

}  // namespace

Result<EntryFunction> load_library(const std::filesystem::path& path) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(path, error);  // A bare name would be searched for.
    if (error) return fail(Code::system, error.message());
    if (!std::filesystem::is_regular_file(absolute, error))
        return fail(Code::not_found, error ? error.message() : std::string("is not a regular file"));
    if (is_this_program(absolute)) return fail(Code::invalid, "is this program itself");
    try {
        // Never destroyed, so never closed (ABI.md §9): retired code may still run.
        auto* library = new boost::dll::shared_library(
            absolute, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
        static auto& retained = *new std::vector<boost::dll::shared_library*>;
        static auto& retained_mutex = *new std::mutex;
        {
            const std::lock_guard lock(retained_mutex);
            retained.push_back(library);
        }
        if (!library->has(entry_name))
            return fail(Code::invalid, "does not export " + std::string(entry_name) +
                                           "; write BERTH_PROJECT(Class) once in the project, in C BERTH_EXPORT_PROJECT(table)");
        return &library->get<const berth_project*()>(entry_name);
    } catch (const std::exception& failure) {
        return fail(Code::invalid, sentence_of(failure, absolute.string()));
    }
}

}  // namespace berth::host::worker
