// SPDX-License-Identifier: MIT
#include "log/pipe_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <memory>

#include "log/record.hpp"

namespace berth::host::log {
namespace {

static_assert(pipe_line_bytes_max <= PIPE_BUF);

/// The record as a line that fits: values are cut, the longest first.
std::string fitting_line(Record record) {
    std::string line = line_of(record);
    for (std::size_t most = 1024; line.size() + 1 > pipe_line_bytes_max && most > 0; most /= 2) {
        const auto cut = [&](std::string& text) {
            if (text.size() > most) text = text.substr(0, most) + "…";
        };
        cut(record.message);
        for (auto& field : record.fields) {
            cut(field.key);
            if (!field.is_number) cut(field.value);
        }
        if (most <= 64) record.fields.resize(std::min<std::size_t>(record.fields.size(), most / 4));
        line = line_of(record);
    }
    return line + '\n';
}

struct Pipe {
    UniqueFd fd;
    std::atomic<std::uint64_t> lost{0};

    bool put(const Record& record) {
        const std::string line = fitting_line(record);
        return ::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
    }
};

}  // namespace

Sink pipe_sink(UniqueFd fd) {
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
    auto pipe = std::make_shared<Pipe>();  // Shared because a std::function is copied.
    pipe->fd = std::move(fd);
    return [pipe](const Line& line) {
        if (const auto lost = pipe->lost.load(); lost > 0) {
            Record record;
            record.time_ms = line.time_ms;
            record.level = Level::warning;
            record.message = "log lines lost";
            record.fields = {{"count", std::to_string(lost), true}};
            if (pipe->put(record)) pipe->lost -= lost;
        }
        if (!pipe->put(record_of(line))) ++pipe->lost;
    };
}

}  // namespace berth::host::log
