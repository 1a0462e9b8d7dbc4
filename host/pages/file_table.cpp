// SPDX-License-Identifier: MIT
#include "pages/file_table.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/unique_fd.hpp"

namespace berth::host::pages {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> media_types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".map", "application/json"},
}};

/// As a browser writes the name in a path (RFC 3986 §3.3): what is not unreserved is escaped.
std::string url_name(std::string_view name) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : name) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_letter || c == '-' || c == '.' || c == '_' || c == '~') {
            text += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            text += {'%', digits[byte >> 4u], digits[byte & 15u]};
        }
    }
    return text;
}

/// Reads one directory tree into the table.
class Reader {
public:
    Reader(std::map<std::string, FileTable::File, std::less<>>& files, const FileTable::Limits& limits,
           std::uint64_t& total)
        : files_(files), limits_(limits), total_(total) {}

    Result<void> directory(const std::filesystem::path& path, const std::string& url, int depth) {
        if (depth > limits_.depth_max) return fail(Code::invalid, path.string() + ": nested too deep");
        std::error_code error;
        std::filesystem::directory_iterator entries(path, error);
        if (error) return fail(Code::not_found, "directory " + path.string() + ": " + error.message());
        for (const auto& entry : entries) {
            const std::string name = entry.path().filename().string();
            const auto kind = entry.symlink_status().type();
            if (name.starts_with('.')) continue;
            if (kind == std::filesystem::file_type::directory) {
                BERTH_TRY(directory(entry.path(), url + url_name(name) + "/", depth + 1));
            } else if (kind == std::filesystem::file_type::regular) {
                BERTH_TRY(file(entry.path(), url, name));
            }
        }
        return {};
    }

private:
    Result<void> file(const std::filesystem::path& path, const std::string& url, const std::string& name) {
        const auto refuse = [&](const std::string& why) {
            return fail(Code::invalid, path.string() + ": " + why);
        };
        const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!fd) return fail_errno("open " + path.string(), errno);
        struct stat info {};
        if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
        const auto size = static_cast<std::uint64_t>(info.st_size);
        if (files_.size() >= limits_.files_max)
            return refuse("more than " + std::to_string(limits_.files_max) + " files");
        if (size > limits_.file_bytes_max)
            return refuse("larger than " + std::to_string(limits_.file_bytes_max) + " bytes");
        if ((total_ += size) > limits_.total_bytes_max) {
            return refuse("with it the files pass " + std::to_string(limits_.total_bytes_max) + " bytes");
        }
        FileTable::File file{.body = std::string(size, '\0'), .media_type = media_type_of(name)};
        std::size_t done = 0;
        while (done < size) {
            const auto n = ::read(fd.get(), file.body.data() + done, size - done);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return fail_errno("read " + path.string(), errno);
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        file.body.resize(done);
        if (name == "index.html") files_[url] = file;
        files_[url + url_name(name)] = std::move(file);
        return {};
    }

    std::map<std::string, FileTable::File, std::less<>>& files_;
    const FileTable::Limits& limits_;
    std::uint64_t& total_;
};

}  // namespace

std::string_view media_type_of(std::string_view name) {
    for (const auto& [end, type] : media_types) {
        if (name.ends_with(end)) return type;
    }
    return "application/octet-stream";
}

Result<FileTable> FileTable::read(const std::map<std::string, std::filesystem::path>& prefixes,
                                  const Limits& limits) {
    FileTable table;
    std::uint64_t total = 0;
    for (const auto& [prefix, directory] : prefixes) {
        std::string url = prefix;
        while (url.ends_with('/')) url.pop_back();
        if (!url.empty() && !url.starts_with('/')) url.insert(0, "/");
        if (auto done = Reader(table.files_, limits, total).directory(directory, url + "/", 0); !done) {
            return fail("pages " + prefix + ": ", std::move(done).error());
        }
    }
    return table;
}

const FileTable::File* FileTable::find(std::string_view path) const {
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : &found->second;
}

bool FileTable::is_directory_without_slash(std::string_view path) const {
    return !path.empty() && !path.ends_with('/') && files_.contains(std::string(path) + "/");
}

}  // namespace berth::host::pages
