// SPDX-License-Identifier: MIT
#include "supervisor/projects.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace berth::host::supervisor {

Projects::Projects(Intake& intake, Project::Surroundings& surroundings, Registry& registry, Options options)
    : intake_(intake), surroundings_(surroundings), registry_(registry), options_(std::move(options)),
      look_timer_(surroundings.timers), sweep_timer_(surroundings.timers) {}
Projects::~Projects() = default;

void Projects::start(std::function<void()> settled) {
    is_looking_ = true;
    waiters_.push_back({.then = [settled = std::move(settled)](const Outcome&) { settled(); }});
    look();
}

void Projects::stop_looking() {
    is_looking_ = false;
    look_timer_.cancel();
}

void Projects::touched(const std::filesystem::path& file) {
    if (!is_looking_) return;
    if (!file.empty()) scan_.disturbed(file, surroundings_.timers.now());
    look_timer_.set(Scan::quiet, [this] { look(); });
}

void Projects::look() {
    const auto files = this->files();
    if (!files) {
        if (!std::exchange(is_listing_broken_, true)) {
            log::error("cannot look into the plugins directory: what runs goes on", {{"error", files.error().message}});
        }
    } else {
        is_listing_broken_ = false;
        const auto found = scan_.look(*files, surroundings_.timers.now());
        for (const PluginFile& file : *files) gone_.erase(file.path);
        for (const auto& path : found.gone) {
            refused_.erase(path);
            const Project* const project = project_of(path);
            if (!project) continue;
            gone_.insert(path);
            log::warning("library file is gone: its project goes on from the private copy until a rescan",
                         {{"project", project->name()}, {"file", path.filename().string()}});
        }
        for (const PluginFile& file : found.changed) {
            const auto order = names_.contains(file.path) ? Intake::Order::own : Intake::Order::newcomers;
            take(file, order, /*force=*/false, [](const Result<void>&) {});
        }
        if (found.is_unsettled) return look_timer_.set(Scan::quiet, [this] { look(); });
    }
    for (Waiter& waiter : waiters_) waiter.has_looked = true;
    if (is_looking_) look_timer_.set(options_.look_again, [this] { look(); });
    answer_waiters();
}

void Projects::answer_waiters() {
    if (in_flight_ != 0) return;
    std::list<Waiter> answered;
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
        const auto next = std::next(waiter);
        if (waiter->has_looked) answered.splice(answered.end(), waiters_, waiter);
        waiter = next;
    }
    for (const Waiter& waiter : answered) waiter.then(waiter.outcome);
}

void Projects::finish_one(const std::function<void(Outcome&)>& note) {
    for (Waiter& waiter : waiters_) note(waiter.outcome);
    --in_flight_;
    answer_waiters();
}

void Projects::take(const PluginFile& file, Intake::Order order, bool force, Project::Done done) {
    ++in_flight_;
    intake_.take(file, order, [this, file, force, done = std::move(done)](Result<Library> library) {
        taken(file, force, std::move(library), done);
    });
}

void Projects::taken(const PluginFile& file, bool force, Result<Library> library, const Project::Done& done) {
    if (!library && library.error().code == Code::unavailable) {
        // Changed while it was read: its new content is found by the next look.
        scan_.forget(file.path);
        done(tl::unexpected<Error>(library.error()));
        return finish_one([](Outcome&) {});
    }
    if (!library) return refuse(file, library.error(), done);
    if (!is_wanted(file)) {
        // Removed while it was looked at.
        if (!is_staged_copy_used(library->staged)) discard(library->staged);
        done(fail(Code::unavailable, "project " + library->project_name() + " was removed"));
        return finish_one([](Outcome&) {});
    }
    const bool is_new = !names_.contains(file.path);
    const auto project = place(*library);
    if (!project) {
        if (!is_staged_copy_used(library->staged)) discard(library->staged);
        return refuse(file, project.error(), done);
    }
    refused_.erase(file.path);
    const std::string name = (*project)->name();
    const auto& runs_already = (*project)->library();
    const bool is_same = !force && runs_already && runs_already->staged.sha256 == library->staged.sha256;
    (*project)->deploy(std::move(*library), force, [this, file, done, name, is_new, is_same](const Result<void>& deployed) {
        done(deployed);
        finish_one([&](Outcome& outcome) {
            if (deployed && is_new) {
                outcome.added.push_back(name);
            } else if (deployed && !is_same) {
                outcome.changed.push_back(name);
            } else if (!deployed && deployed.error().code != Code::unavailable) {
                outcome.refused.push_back({file.path.filename().string(), deployed.error().message, name});
            }
        });
    });
}

void Projects::refuse(const PluginFile& file, const Error& error, const Project::Done& done) {
    Project* const project = project_of(file.path);
    const Refusal refusal{file.path.filename().string(), error.message, project ? project->name() : file.likely_name()};
    log::error("library refused", {{"project", refusal.project},
                                   {"file", refusal.file},
                                   {"error", error.message},
                                   {"running", project && project->current() ? "untouched" : "nothing"}});
    if (project) {
        project->library_was_refused(error.message);
    } else {
        refused_[file.path] = refusal;
    }
    done(tl::unexpected<Error>(error));
    finish_one([&](Outcome& outcome) { outcome.refused.push_back(refusal); });
}

Result<Project*> Projects::place(const Library& library) {
    const std::string name = library.project_name();
    const std::string file = library.file.path.filename().string();
    if (!config::is_project_name(name)) {
        return fail(Code::invalid, "project " + name + ": " + file +
                                       ": a project's name has 1 to 64 of a-z, 0-9, _ and -, and begins with a letter or "
                                       "digit; rename the file or the name that the library declares");
    }
    const auto known = names_.find(library.file.path);
    if (known != names_.end()) {
        if (known->second == name) return find(name);
        return fail(Code::invalid, "project " + known->second + ": " + file + ": the library declares the name " + name +
                                       " now; give it a file of its own");
    }
    if (Project* const other = find(name)) {
        const auto holder = std::find_if(names_.begin(), names_.end(), [&](const auto& entry) { return entry.second == name; });
        // A file that was renamed takes its project along.
        if (holder != names_.end() && gone_.contains(holder->first)) {
            gone_.erase(holder->first);
            names_.erase(holder);
            names_[library.file.path] = name;
            return other;
        }
        return fail(Code::invalid, "project " + name + ": " + file + ": the name is taken by " +
                                       (holder != names_.end() ? holder->first.filename().string() : "another file") +
                                       (is_plugin(library.file.path)
                                            ? "; rename one of them"
                                            : "; give this one another with --name, or remove that one first"));
    }
    names_[library.file.path] = name;
    auto& project = projects_[name];
    project = std::make_unique<Project>(name, options_.settings(name), surroundings_);
    return project.get();
}

void Projects::rescan(std::function<void(const Outcome&)> then) {
    for (const auto& [path, refusal] : refused_) scan_.forget(path);
    for (const auto& [name, project] : projects_) {
        if (project->state() == Project::State::failed && project->library()) scan_.forget(project->library()->file.path);
    }
    waiters_.push_back({.then = std::move(then)});
    Outcome& outcome = waiters_.back().outcome;
    ++in_flight_;  // Nobody is answered before the removals below.
    look();
    for (const auto& path : std::exchange(gone_, {})) {
        const auto name = names_.find(path);
        if (name == names_.end()) continue;
        outcome.removed.push_back(name->second);
        end(name->second, "its library file is gone", [] {});
        names_.erase(name);
    }
    finish_one([](Outcome&) {});
}

void Projects::reload(Project& project, Project::Done done) {
    const auto entry = std::find_if(names_.begin(), names_.end(),
                                    [&](const auto& name) { return name.second == project.name(); });
    const auto files = this->files();
    if (!files) return done(tl::unexpected<Error>(files.error()));
    const auto file = std::find_if(files->begin(), files->end(), [&](const PluginFile& candidate) {
        return entry != names_.end() && candidate.path == entry->first;
    });
    if (file == files->end()) {
        return done(fail(Code::not_found, "project " + project.name() + ": its library file is gone; put it back first"));
    }
    take(*file, Intake::Order::own, /*force=*/true, std::move(done));
}

Project* Projects::find(const std::string& name) const {
    const auto found = projects_.find(name);
    return found == projects_.end() ? nullptr : found->second.get();
}

Project* Projects::project_of(const std::filesystem::path& file) const {
    const auto name = names_.find(file);
    return name == names_.end() ? nullptr : find(name->second);
}

std::vector<Projects::Refusal> Projects::refused() const {
    std::vector<Refusal> list;
    for (const auto& [path, refusal] : refused_) list.push_back(refusal);
    for (const Registry::Added& added : registry_.added()) {
        if (project_of(added.file) || refused_.contains(added.file) || look_at(added.file)) continue;
        const std::string name = added.name.empty() ? added.file.stem().string() : added.name;
        list.push_back({added.file.filename().string(), "project " + name + ": " + added.file.string() +
                                                            " was added and is not there; put it back, or `berth remove " +
                                                            name + "`",
                        name});
    }
    return list;
}

std::optional<Projects::Refusal> Projects::refusal_of(const std::string& name) const {
    const auto all = refused();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Refusal& refusal) { return refusal.project == name; });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

bool Projects::is_file_gone(const Project& project) const {
    return std::any_of(gone_.begin(), gone_.end(), [&](const auto& path) { return project_of(path) == &project; });
}

std::vector<Project*> Projects::leaving() const {
    std::vector<Project*> list;
    for (const Removing& removing : removing_)
        if (!removing.is_over) list.push_back(removing.project.get());
    return list;
}

bool Projects::is_staged_copy_used(const StagedLibrary& staged) const {
    return std::any_of(projects_.begin(), projects_.end(), [&](const auto& entry) { return entry.second->uses(staged); }) ||
           std::any_of(removing_.begin(), removing_.end(), [&](const Removing& removing) { return removing.project->uses(staged); });
}

}  // namespace berth::host::supervisor
