// SPDX-License-Identifier: MIT
/// Where the records of all processes end: standard error, files, and the ring in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "log/limiter.hpp"
#include "log/ring.hpp"

namespace spdlog::sinks {
class sink;
}

namespace berth::host::log {

/// Redacts, limits, renders and writes. Files are rotated by size; their directory is made when missing.
///
/// `write` and `tick` may be called from any thread, one at a time under a lock; the readers of `ring()` are
/// called on the thread that writes, so a host with followers writes on its main thread.
class Outputs {
public:
    enum class Format { human, json };
    struct Options {
        Format format = Format::human;
        bool to_stderr = true;
        bool colour = false;              ///< of standard error; see `wants_colour`
        std::filesystem::path directory;  ///< empty: no files
        bool host_file = true;            ///< berth.log: every record
        bool project_files = false;       ///< NAME.log: the records of one project
        std::uint64_t file_bytes = 50u << 20;
        std::uint32_t file_count = 10;  ///< the current one included
    };
    struct Figures {
        std::uint64_t records = 0;     ///< written
        std::uint64_t suppressed = 0;  ///< held back by the limiter
        std::uint64_t failed = 0;      ///< standard error or a file did not take them
    };

    /// Fails when the directory or the host's file cannot be made, with a sentence.
    static Result<std::unique_ptr<Outputs>> create(Options options);
    ~Outputs();
    Outputs(const Outputs&) = delete;
    Outputs& operator=(const Outputs&) = delete;

    void write(Record record) BERTH_EXCLUDES(mutex_);
    /// Writes counts of repeats that are due. Call about once a second.
    void tick() BERTH_EXCLUDES(mutex_);
    /// A sink for `set_sink`; the outputs must outlive its use. `process` is written into each record.
    [[nodiscard]] Sink sink(std::string process);

    [[nodiscard]] Ring& ring() { return ring_; }
    [[nodiscard]] Figures figures() const BERTH_EXCLUDES(mutex_);

private:
    explicit Outputs(Options options);
    Result<std::shared_ptr<spdlog::sinks::sink>> open_file(const std::string& name) const;
    void put(const Record& record) BERTH_REQUIRES(mutex_);
    void put_to(spdlog::sinks::sink& file, const std::string& line) BERTH_REQUIRES(mutex_);
    std::shared_ptr<spdlog::sinks::sink> file_of(const std::string& project) BERTH_REQUIRES(mutex_);

    const Options options_;
    mutable Mutex mutex_;
    Limiter limiter_ BERTH_GUARDED_BY(mutex_);
    Figures figures_ BERTH_GUARDED_BY(mutex_);
    // spdlog shares its sinks among loggers; here each has one user.
    std::shared_ptr<spdlog::sinks::sink> stderr_;
    std::shared_ptr<spdlog::sinks::sink> host_file_;
    std::map<std::string, std::shared_ptr<spdlog::sinks::sink>> project_files_ BERTH_GUARDED_BY(mutex_);
    Ring ring_;
};

/// Whether lines on this descriptor should be coloured: a terminal, NO_COLOR unset, TERM not "dumb".
[[nodiscard]] bool wants_colour(int fd);

}  // namespace berth::host::log
