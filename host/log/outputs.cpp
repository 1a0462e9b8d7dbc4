// SPDX-License-Identifier: MIT
#include "log/outputs.hpp"

#include <poll.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "log/redact.hpp"
#include "log/render.hpp"

namespace berth::host::log {
namespace {

constexpr std::size_t project_files_max = 1000;

/// Lines come rendered, so that the sinks have nothing to add but the newline.
std::unique_ptr<spdlog::formatter> plain_formatter() {
    return std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc);
}

/// Whether a line can be written without waiting. Whoever reads the host's standard error and stops reading,
/// a pager say, must not stop the host.
bool takes_a_line(int fd) {
    pollfd entry{.fd = fd, .events = POLLOUT, .revents = 0};
    return ::poll(&entry, 1, 0) != 0;
}

/// Names come from the host, which checks them; a file name is worth a second look.
bool is_file_name(std::string_view project) {
    return !project.empty() && project.size() <= 64 && project != "berth" &&
           std::all_of(project.begin(), project.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
           });
}

}  // namespace

Outputs::Outputs(Options options) : options_(std::move(options)) {
    if (!options_.to_stderr) return;
    stderr_ = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    stderr_->set_formatter(plain_formatter());
}

Outputs::~Outputs() {
    const MutexLock lock(mutex_);
    limiter_.flush(
        Clock::now(), [this](const Record& record) BERTH_REQUIRES(mutex_) { put(record); }, /*is_last=*/true);
}

Result<std::unique_ptr<Outputs>> Outputs::create(Options options) {
    std::unique_ptr<Outputs> outputs(new Outputs(std::move(options)));
    const auto& directory = outputs->options_.directory;
    if (directory.empty()) return outputs;
    std::error_code error;
    std::filesystem::create_directories(directory.parent_path(), error);
    if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) {
        return fail_errno("log directory " + directory.string(), errno);
    }
    if (outputs->options_.host_file) {
        auto file = outputs->open_file("berth.log");
        if (!file) return tl::unexpected(file.error());
        outputs->host_file_ = std::move(*file);
    }
    return outputs;
}

Result<std::shared_ptr<spdlog::sinks::sink>> Outputs::open_file(const std::string& name) const {
    const auto path = options_.directory / name;
    const auto older_files = std::max(options_.file_count, 1u) - 1;
    try {
        std::shared_ptr<spdlog::sinks::sink> file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
            path.string(), static_cast<std::size_t>(options_.file_bytes), older_files);
        file->set_formatter(plain_formatter());
        return file;
    } catch (const spdlog::spdlog_ex& e) {
        return fail(Code::system, "log file " + path.string() + ": " + e.what());
    }
}

std::shared_ptr<spdlog::sinks::sink> Outputs::file_of(const std::string& project) {
    if (const auto found = project_files_.find(project); found != project_files_.end()) return found->second;
    if (!is_file_name(project) || project_files_.size() >= project_files_max) return nullptr;
    auto file = open_file(project + ".log");
    if (!file) ++figures_.failed;
    return project_files_[project] = file ? *file : nullptr;  // A null stays: one failure, not one a line.
}

void Outputs::put_to(spdlog::sinks::sink& file, const std::string& line) {
    try {
        file.log(spdlog::details::log_msg("berth", spdlog::level::info, line));
        file.flush();
    } catch (const spdlog::spdlog_ex&) {
        ++figures_.failed;  // A full disk must not end the host; the figure is in the metrics.
    }
}

void Outputs::put(const Record& record) {
    ++figures_.records;
    const bool is_human = options_.format == Format::human;
    const std::string plain = is_human ? render_human(record, /*colour=*/false) : render_json(record);
    if (stderr_ && !takes_a_line(STDERR_FILENO)) {
        ++figures_.failed;
    } else if (stderr_) {
        put_to(*stderr_, is_human && options_.colour ? render_human(record, true) : plain);
    }
    if (host_file_) put_to(*host_file_, plain);
    if (options_.project_files && !options_.directory.empty() && !record.project.empty()) {
        if (const auto file = file_of(record.project)) put_to(*file, plain);
    }
}

void Outputs::write(Record record) {
    redact(record);
    std::vector<Record> written;
    {
        const MutexLock lock(mutex_);
        limiter_.pass(record, Clock::now(), [&](const Record& passed) { written.push_back(passed); });
        for (const Record& passed : written) put(passed);
    }
    // Outside the lock: a reader may itself log.
    for (const Record& passed : written) ring_.push(passed);
}

void Outputs::tick() {
    std::vector<Record> written;
    {
        const MutexLock lock(mutex_);
        limiter_.flush(Clock::now(), [&](const Record& passed) { written.push_back(passed); });
        for (const Record& passed : written) put(passed);
    }
    for (const Record& passed : written) ring_.push(passed);
}

Sink Outputs::sink(std::string process) {
    return [this, process = std::move(process)](const Line& line) {
        Record record = record_of(line);
        record.process = process;
        write(std::move(record));
    };
}

Outputs::Figures Outputs::figures() const {
    const MutexLock lock(mutex_);
    Figures figures = figures_;
    figures.suppressed = limiter_.suppressed();
    return figures;
}

bool wants_colour(int fd) {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    return ::isatty(fd) == 1 && (no_colour == nullptr || *no_colour == '\0') && terminal != nullptr &&
           std::string_view(terminal) != "dumb";
}

}  // namespace berth::host::log
