// SPDX-License-Identifier: MIT
/// All projects of the host, and the files they come from.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "supervisor/intake.hpp"
#include "supervisor/project.hpp"
#include "supervisor/registry.hpp"
#include "supervisor/scan.hpp"

namespace berth::host::supervisor {

/// NAME.so of the plugins directory is the project NAME, unless the library declares a name of its own. One name in two
/// files: the second is refused. A file that is gone stops nothing (builds and copies remove files for a moment):
/// its project goes on from the private copy until an administrator says `rescan`, or the host starts again. Files
/// elsewhere are added, and files of the directory left out, as the registry says.
class Projects {
public:
    struct Options {
        std::function<Result<std::vector<PluginFile>>()> list;  ///< of the plugins directory
        std::filesystem::path plugins{};                        ///< that directory
        std::function<config::Project(const std::string& name)> settings;
        Milliseconds look_again{2'000};
    };
    struct Refusal {
        std::string file;
        std::string error;
        std::string project{};  ///< what it would be called
    };
    /// What one `rescan` did.
    struct Outcome {
        std::vector<std::string> added, changed, removed;
        std::vector<Refusal> refused;
    };

    /// The project, or why the file did not become one.
    using Added = std::function<void(Result<Project*>)>;
    /// What `deploy` has done.
    struct Deployed {
        Project* project = nullptr;
        std::filesystem::path file{};  ///< the project's own
        bool is_kept = false;          ///< that holds the new version now: the next start of the host begins with it
    };
    /// The file, which stays, when its project has ended.
    using Removed = std::function<void(Result<std::filesystem::path>)>;

    Projects(Intake& intake, Project::Surroundings& surroundings, Registry& registry, Options options);
    ~Projects();

    /// Begins to look. `settled` is called once, when every project found at first runs or has failed.
    void start(std::function<void()> settled);
    /// No more looking; deploys that have not begun are dropped.
    void stop_looking();
    /// A file was touched, or (empty) anything may have been.
    void touched(const std::filesystem::path& file);
    /// Takes refused files in again, removes projects whose file is gone; answers when all that is done.
    void rescan(std::function<void(const Outcome&)> then);
    /// The project's file once more, even if it is the same.
    void reload(Project& project, Project::Done done);
    /// A version that lies elsewhere, for a project that there is: checked and started, and when it runs copied over the
    /// project's own file. A failure leaves both untouched.
    void deploy(const std::filesystem::path& file, const std::string& name, std::function<void(const Result<Deployed>&)> done);
    /// Makes the file a project, here and at every start to come, when it runs (or is configured not to). When
    /// anything goes wrong nothing has changed. A file that is one already stays so.
    void add(const std::filesystem::path& file, const std::string& name, const Added& done);
    /// Ends the project, here and at every start to come; a file of the plugins directory counts again when it changes.
    void remove(const std::string& name, const Removed& done);
    /// Whether `remove` knows the name: a project's, or that of a file which was added and is missing.
    [[nodiscard]] bool can_remove(const std::string& name) const;

    [[nodiscard]] Project* find(const std::string& name) const;
    [[nodiscard]] const std::map<std::string, std::unique_ptr<Project>>& all() const { return projects_; }
    /// Those that are being removed and have not ended.
    [[nodiscard]] std::vector<Project*> leaving() const;
    /// Files that are no projects, and why.
    [[nodiscard]] std::vector<Refusal> refused() const;
    /// The refused file that would be the project of this name, if there is one.
    [[nodiscard]] std::optional<Refusal> refusal_of(const std::string& name) const;
    /// Whether the project runs on from its private copy only: its file is not there any more.
    [[nodiscard]] bool is_file_gone(const Project& project) const;
    /// Files of the plugins directory that are there and left out.
    [[nodiscard]] std::vector<std::filesystem::path> removed() const;
    [[nodiscard]] bool is_staged_copy_used(const StagedLibrary& staged) const;

private:
    /// Somebody who wants to know what came of the files found until they are all done.
    struct Waiter {
        std::function<void(const Outcome&)> then;
        bool has_looked = false;  ///< every file that it waits for has been found
        Outcome outcome{};
    };

    void look();
    void take(const PluginFile& file, Intake::Order order, bool force, Project::Done done);
    void taken(const PluginFile& file, bool force, Result<Library> library, const Project::Done& done);
    void refuse(const PluginFile& file, const Error& error, const Project::Done& done);
    /// One file is done; `note` writes it into the outcomes of those who wait.
    void finish_one(const std::function<void(Outcome&)>& note);
    void answer_waiters();
    Project* project_of(const std::filesystem::path& file) const;
    Result<Project*> place(const Library& library);
    /// What counts now: the directory and the registry.
    Result<std::vector<PluginFile>> files() const;
    [[nodiscard]] bool is_plugin(const std::filesystem::path& file) const;
    [[nodiscard]] bool is_wanted(const PluginFile& file) const;
    Result<void> put(const StagedLibrary& staged, const std::filesystem::path& own);
    void added(const PluginFile& file, const Result<void>& deployed, const Added& done);
    const Registry::Added* missing_file(const std::string& name) const;
    /// Stops the project and forgets it; `ended` when that is over.
    void end(const std::string& name, const char* why, std::function<void()> ended);

    Intake& intake_;
    Project::Surroundings& surroundings_;
    Registry& registry_;
    const Options options_;
    Scan scan_;
    Timer look_timer_;
    bool is_looking_ = false;
    bool is_listing_broken_ = false;
    std::map<std::string, std::unique_ptr<Project>> projects_;
    std::map<std::filesystem::path, std::string> names_;    ///< of the files that became projects
    std::map<std::filesystem::path, Refusal> refused_;      ///< the others, and why
    std::set<std::filesystem::path> gone_;            ///< files of projects that are not there any more
    std::set<std::filesystem::path> adding_;          ///< files that `add` is at
    std::list<Waiter> waiters_;
    std::size_t in_flight_ = 0;  ///< files that were taken and are not done
    struct Removing {
        std::unique_ptr<Project> project;
        bool is_over = false;
    };
    std::list<Removing> removing_;  ///< stopping; their names are free again
    Timer sweep_timer_;
};

}  // namespace berth::host::supervisor
