// SPDX-License-Identifier: MIT
/// From a file of the plugins directory to a library that may be started: private copy, findings, probe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/timers.hpp"
#include "supervisor/background.hpp"
#include "supervisor/child.hpp"
#include "supervisor/scan.hpp"
#include "supervisor/staging.hpp"

namespace berth::host::supervisor {

/// A library that passed.
struct Library {
    PluginFile file{};
    StagedLibrary staged{};
    nlohmann::json manifest;  ///< what the probe printed
    std::string given{};      ///< the name of the file that was named to replace `file`; empty: it is that one

    /// The file as whoever brought it knows it, for sentences.
    [[nodiscard]] std::string file_name() const { return given.empty() ? file.path.filename().string() : given; }

    /// The name that an administrator gave, else the one that it declares, else the file's stem.
    [[nodiscard]] std::string project_name() const;
    [[nodiscard]] std::uint64_t flags() const;
};

/// "project chat: chat.so: has no entry", whatever of that was said already; `copy`: what those who loaded it call it.
[[nodiscard]] std::string sentence_about(const std::string& project, const std::string& file, const std::filesystem::path& copy,
                                         std::string_view said);

/// Judges a staged copy without loading it: an error refuses it, what it answers are warnings. `project` is what
/// it will most likely be called. [background thread]
using Inspect = std::function<Result<std::vector<std::string>>(const StagedLibrary& staged, const std::string& project)>;

/// Takes files in, a few at a time. Each is answered when it is decided, but after those before it that are for the same
/// project as far as can be told. A library that hangs or kills whoever loads it does so to its probe. [main thread]
class Intake {
public:
    struct Options {
        std::filesystem::path staging;
        Milliseconds probe_limit{5'000};
        std::size_t at_once = 4;
        Inspect inspect{};
        /// Whether a staged copy is somebody's: it then stays although this file was refused.
        std::function<bool(const StagedLibrary&)> is_used{};
    };
    /// The error is a whole sentence: "project chat: chat.so: ...". Code::unavailable: the file changed meanwhile.
    using Then = std::function<void(Result<Library>)>;

    Intake(Timers& timers, Background& background, Children& children, Options options);
    ~Intake();

    enum class Order {
        own,        ///< files of other projects have nothing to do with it
        newcomers,  ///< nor has it more than its file yet: the first that declares a name has it, so these are answered in order
    };
    void take(const PluginFile& file, Order order, Then then);

private:
    struct Job;
    [[nodiscard]] static bool comes_before(const Job& earlier, const Job& decided);
    /// One that is decided and that nobody undecided comes before; null: none.
    std::shared_ptr<Job> extract_answerable();
    void begin_more();
    void stage_job(const std::shared_ptr<Job>& job);
    void probe(const std::shared_ptr<Job>& job);
    void probed(const std::shared_ptr<Job>& job, const ExitStatus& status);
    void refuse(const std::shared_ptr<Job>& job, const Error& error);
    void finish(const std::shared_ptr<Job>& job, Result<Library> result);

    Timers& timers_;
    Background& background_;
    Children& children_;
    const Options options_;
    std::deque<std::shared_ptr<Job>> jobs_;  // Shared with callbacks that may come after this object's end.
    std::size_t active_ = 0;
    const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace berth::host::supervisor
