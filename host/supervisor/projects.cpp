// SPDX-License-Identifier: MIT
#include "supervisor/projects.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace berth::host::supervisor {

struct Projects::Batch {
    std::size_t waiting = 0;
    bool is_complete = false;  ///< every file of it has been found
    Outcome outcome;
    std::function<void(const Outcome&)> then;

    void check() {
        if (!is_complete || waiting != 0 || !then) return;
        const auto call = std::exchange(then, nullptr);
        call(outcome);
    }
};

Projects::Projects(Intake& intake, Project::Surroundings& surroundings, Options options)
    : intake_(intake), surroundings_(surroundings), options_(std::move(options)), look_timer_(surroundings.timers),
      sweep_timer_(surroundings.timers) {}
Projects::~Projects() = default;

void Projects::start(std::function<void()> settled) {
    is_looking_ = true;
    batch_ = std::make_shared<Batch>();
    batch_->then = [settled = std::move(settled)](const Outcome&) { settled(); };
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
    const auto files = options_.list();
    if (!files) {
        if (!std::exchange(is_listing_broken_, true)) {
            log::error("cannot look into the plugins directory: what runs goes on", {{"error", files.error().message}});
        }
    } else {
        is_listing_broken_ = false;
        const auto found = scan_.look(*files, surroundings_.timers.now());
        // A touched file comes once more as gone or changed; both are kept apart by their path.
        for (const PluginFile& file : *files) gone_.erase(file.path);
        for (const auto& path : found.gone) {
            refused_.erase(path);
            const Project* const project = project_of(path);
            if (!project) continue;
            gone_[path] = true;
            log::warning("library file is gone: its project goes on from the private copy until a rescan",
                         {{"project", project->name()}, {"file", path.filename().string()}});
        }
        const auto batch = batch_ ? batch_ : std::make_shared<Batch>();
        for (const PluginFile& file : found.changed) take(file, /*force=*/false, batch);
        if (found.is_unsettled) return look_timer_.set(Scan::quiet, [this] { look(); });
    }
    if (const auto batch = std::exchange(batch_, nullptr)) {
        batch->is_complete = true;
        batch->check();
    }
    if (is_looking_) look_timer_.set(options_.look_again, [this] { look(); });
}

void Projects::take(const PluginFile& file, bool force, const std::shared_ptr<Batch>& batch) {
    ++batch->waiting;
    intake_.take(file, [this, file, force, batch](Result<Library> library) {
        taken(file, force, std::move(library), batch);
    });
}

void Projects::taken(const PluginFile& file, bool force, Result<Library> library, const std::shared_ptr<Batch>& batch) {
    if (!library && library.error().code == Code::unavailable) {
        // Changed while it was read: its new content is found by the next look.
        scan_.forget(file.path);
        --batch->waiting;
        return batch->check();
    }
    if (!library) return refuse(file, library.error().message, batch);
    const bool is_new = !names_.contains(file.path);
    const auto project = place(*library);
    if (!project) {
        if (!is_staged_copy_used(library->staged)) discard(library->staged);
        return refuse(file, project.error().message, batch);
    }
    refused_.erase(file.path);
    const std::string name = (*project)->name();
    const bool is_same = !is_new && (*project)->library() &&
                         (*project)->library()->staged.sha256 == library->staged.sha256 && !force;
    (*project)->deploy(std::move(*library), force, [this, file, batch, name, is_new, is_same](const Result<void>& done) {
        if (done) {
            if (is_new) batch->outcome.added.push_back(name);
            if (!is_new && !is_same) batch->outcome.changed.push_back(name);
        } else {
            batch->outcome.refused.push_back({file.path.filename().string(), done.error().message});
        }
        --batch->waiting;
        batch->check();
    });
}

void Projects::refuse(const PluginFile& file, const std::string& sentence, const std::shared_ptr<Batch>& batch) {
    Project* const project = project_of(file.path);
    log::error("library refused", {{"project", project ? project->name() : file.stem},
                                   {"file", file.path.filename().string()},
                                   {"error", sentence},
                                   {"running", project && project->current() ? "untouched" : "nothing"}});
    if (project) {
        project->note_error(sentence);
    } else {
        refused_[file.path] = sentence;
    }
    batch->outcome.refused.push_back({file.path.filename().string(), sentence});
    --batch->waiting;
    batch->check();
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
                                       "; rename one of them");
    }
    names_[library.file.path] = name;
    auto& project = projects_[name];
    project = std::make_unique<Project>(name, options_.settings(name), surroundings_);
    return project.get();
}

void Projects::rescan(std::function<void(const Outcome&)> then) {
    if (batch_) batch_->is_complete = true;  // Whoever waits for it shares what this look finds.
    const auto earlier = std::exchange(batch_, std::make_shared<Batch>());
    batch_->then = [earlier, then = std::move(then)](const Outcome& outcome) {
        then(outcome);
        if (earlier) earlier->check();
    };
    for (const auto& [path, sentence] : refused_) scan_.forget(path);
    for (const auto& [name, project] : projects_) {
        if (project->state() == Project::State::failed && project->library()) scan_.forget(project->library()->file.path);
    }
    const auto batch = batch_;
    ++batch->waiting;  // Not over before the removals below.
    look();
    for (const auto& [path, is_gone] : std::exchange(gone_, {})) {
        const auto name = names_.find(path);
        if (name == names_.end()) continue;
        batch->outcome.removed.push_back(name->second);
        remove(name->second);
        names_.erase(name);
    }
    --batch->waiting;
    batch->check();
}

void Projects::remove(const std::string& name) {
    auto found = projects_.extract(name);
    if (found.empty()) return;
    removing_.push_back({.project = std::move(found.mapped())});
    Removing* const removing = &removing_.back();
    log::info("project is removed: its library file is gone", {{"project", name}});
    removing->project->stop(/*clients_are_gone=*/false, [this, removing, name] {
        if (!find(name)) surroundings_.gateway.forget(name);
        // Destroyed later: this is a call of its own.
        removing->is_over = true;
        sweep_timer_.set(Milliseconds{0}, [this] {
            removing_.remove_if([](const Removing& candidate) { return candidate.is_over; });
        });
    });
}

void Projects::reload(Project& project, Project::Done done) {
    const auto entry = std::find_if(names_.begin(), names_.end(),
                                    [&](const auto& name) { return name.second == project.name(); });
    const auto files = options_.list();
    if (!files) return done(tl::unexpected<Error>(files.error()));
    const auto file = std::find_if(files->begin(), files->end(), [&](const PluginFile& candidate) {
        return entry != names_.end() && candidate.path == entry->first;
    });
    if (file == files->end()) {
        return done(fail(Code::not_found, "project " + project.name() + ": its library file is gone; put it back first"));
    }
    const auto batch = std::make_shared<Batch>();
    batch->is_complete = true;
    batch->then = [done = std::move(done)](const Outcome& outcome) {
        if (outcome.refused.empty()) return done({});
        done(fail(Code::failed, outcome.refused.front().error));
    };
    take(*file, /*force=*/true, batch);
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
    for (const auto& [path, error] : refused_) list.push_back({path.filename().string(), error});
    return list;
}

bool Projects::is_staged_copy_used(const StagedLibrary& staged) const {
    return std::any_of(projects_.begin(), projects_.end(), [&](const auto& entry) { return entry.second->uses(staged); }) ||
           std::any_of(removing_.begin(), removing_.end(), [&](const Removing& removing) { return removing.project->uses(staged); });
}

}  // namespace berth::host::supervisor
