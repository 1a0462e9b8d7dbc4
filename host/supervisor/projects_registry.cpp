// SPDX-License-Identifier: MIT
// What administrators add and remove, and what follows from it for the files that count.
#include <algorithm>

#include "base/log.hpp"
#include "supervisor/projects.hpp"

namespace berth::host::supervisor {
namespace {

/// Why the host cannot take a library from where it lies, and what its author does instead.
/// `name`: the project's, where it is not the file's.
Error with_way_in(Error error, const std::filesystem::path& file, const std::string& name, const std::filesystem::path& plugins) {
    if (error.code != Code::permission && error.code != Code::not_found) return error;
    if (file.parent_path() == plugins) return error;
    error.message += "; or put a copy where it takes libraries from: sudo install -m 644 " + file.string() + " " + plugins.string() + "/" +
                     (name.empty() ? "" : name + ".so");
    return error;
}

}  // namespace

Result<std::vector<PluginFile>> Projects::files() const {
    auto plugins = options_.list();
    if (!plugins) return plugins;
    return registry_.files(*plugins);
}

bool Projects::is_plugin(const std::filesystem::path& file) const {
    return file.parent_path() == options_.plugins && file.extension() == ".so" &&
           !file.filename().string().starts_with('.');
}

bool Projects::is_wanted(const PluginFile& file) const {
    if (adding_.contains(file.path)) return true;
    return is_plugin(file.path) ? !registry_.is_removed(file) : registry_.find(file.path) != nullptr;
}

void Projects::add(const std::filesystem::path& given, const std::string& name, const Added& done) {
    // The directory may have been named by another way that leads to it.
    std::error_code ignored;
    const bool is_inside = std::filesystem::equivalent(given.parent_path(), options_.plugins, ignored);
    const std::filesystem::path path = is_inside ? options_.plugins / given.filename() : given;
    auto file = look_at(path);
    if (!file) {
        return done(tl::unexpected(with_way_in({Code::not_found, path.string() + ": the host finds no such file; it must lie where the host, too, may read"},
                                               path, name, options_.plugins)));
    }
    const Project* const present = project_of(path);
    if (present && !name.empty() && present->name() != name) {
        return done(fail(Code::invalid, path.string() + " is the project " + present->name() + " already; `berth remove " +
                                            present->name() + "` first"));
    }
    const Registry::Added* const known = registry_.find(path);
    file->name = !name.empty() ? name : known ? known->name : "";
    if (!adding_.insert(path).second) {
        return done(fail(Code::unavailable, path.string() + " is being added already; try again"));
    }
    take(*file, Intake::Order::own, /*force=*/false, [this, file = *file, done](const Result<void>& deployed) { added(file, deployed, done); });
}

void Projects::added(const PluginFile& file, const Result<void>& deployed, const Added& done) {
    adding_.erase(file.path);
    Project* const project = project_of(file.path);
    Result<void> outcome = deployed;
    if (outcome && !project) outcome = fail(Code::unavailable, file.path.string() + ": its project was removed meanwhile");
    if (outcome) outcome = registry_.add(file.path, file.name, is_plugin(file.path));
    if (outcome) {
        scan_.know(file, surroundings_.timers.now());
        log::info("project was added", {{"project", project->name()}, {"file", file.path.string()}});
        return done(project);
    }
    if (!is_wanted(file)) {
        // It was none before, and is none now.
        refused_.erase(file.path);
        if (project) {
            end(project->name(), "it could not be added", [] {});
            names_.erase(file.path);
        }
    }
    done(tl::unexpected(with_way_in(std::move(outcome).error(), file.path, file.name, options_.plugins)));
}

void Projects::deploy(const std::filesystem::path& given, const std::string& name,
                      std::function<void(const Result<Deployed>&)> done) {
    auto file = look_at(given);
    if (!file) {
        return done(tl::unexpected(with_way_in({Code::not_found, given.string() + ": the host finds no such file; it must lie where the host, too, may read"},
                                               given, name, options_.plugins)));
    }
    file->name = name;
    intake_.take(*file, Intake::Order::own, [this, given, name, done = std::move(done)](Result<Library> library) {
        if (!library) return done(tl::unexpected(with_way_in(library.error(), given, name, options_.plugins)));
        const StagedLibrary staged = library->staged;
        const std::string wanted = library->project_name();
        const auto entry = std::find_if(names_.begin(), names_.end(), [&](const auto& known) { return known.second == wanted; });
        Project* const project = find(wanted);
        if (!project || entry == names_.end()) {
            if (!is_staged_copy_used(staged)) discard(staged);
            return done(fail(Code::invalid, given.string() + ": there is no project " + wanted + "; `berth deploy FILE --name PROJECT` says "
                                            "which one it replaces, `berth add FILE` makes it a new one"));
        }
        library->given = given.filename().string();
        library->file.path = entry->first;
        project->deploy(std::move(*library), /*force=*/true, [this, wanted, staged, own = entry->first, done](const Result<void>& deployed) {
            if (!deployed) return done(tl::unexpected<Error>(deployed.error()));
            const auto kept = put(staged, own);
            if (!kept) {
                log::warning("the new version runs, but could not be kept: the host's next start begins with the file that is there",
                             {{"project", wanted}, {"file", own.string()}, {"error", kept.error().message}});
            }
            done(Deployed{find(wanted), own, kept.has_value()});
        });
    });
}

Result<void> Projects::put(const StagedLibrary& staged, const std::filesystem::path& own) {
    const std::filesystem::path beside = own.parent_path() / ("." + own.filename().string() + ".new");
    std::error_code error;
    std::filesystem::copy_file(staged.path, beside, std::filesystem::copy_options::overwrite_existing, error);
    // The private copy may be its owner's alone; a plugin is whoever's may read it.
    using std::filesystem::perms;
    if (!error) std::filesystem::permissions(beside, perms{0644}, error);
    if (!error) std::filesystem::rename(beside, own, error);
    if (error) return fail(Code::system, "write " + own.string() + ": " + error.message());
    if (const auto file = look_at(own)) scan_.know(*file, surroundings_.timers.now());
    return {};
}

const Registry::Added* Projects::missing_file(const std::string& name) const {
    const auto& all = registry_.added();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Registry::Added& added) {
        return (added.name.empty() ? added.file.stem().string() : added.name) == name && !project_of(added.file);
    });
    return found == all.end() ? nullptr : &*found;
}

bool Projects::can_remove(const std::string& name) const { return find(name) || missing_file(name); }

void Projects::remove(const std::string& name, const Removed& done) {
    const auto entry = std::find_if(names_.begin(), names_.end(), [&](const auto& known) { return known.second == name; });
    std::filesystem::path file;
    if (entry != names_.end()) {
        file = entry->first;
    } else if (const Registry::Added* const added = missing_file(name)) {
        file = added->file;
    } else {
        return done(fail(Code::not_found, "no project is called " + name));
    }
    // First what lasts: a host that dies now must not bring it back.
    if (auto kept = registry_.remove(file, is_plugin(file) ? look_at(file) : std::nullopt); !kept) {
        return done(fail("project " + name + " is not removed: ", std::move(kept).error()));
    }
    gone_.erase(file);
    if (entry == names_.end()) return done(file);
    names_.erase(entry);
    end(name, "an administrator wants it so", [file, done] { done(file); });
}

std::vector<std::filesystem::path> Projects::removed() const {
    std::vector<std::filesystem::path> files;
    for (const Registry::Removed& entry : registry_.removed()) {
        const auto file = look_at(entry.file);
        if (file && registry_.is_removed(*file)) files.push_back(entry.file);
    }
    return files;
}

void Projects::end(const std::string& name, const char* why, std::function<void()> ended) {
    auto found = projects_.extract(name);
    if (found.empty()) return ended();
    removing_.push_back({.project = std::move(found.mapped())});
    Removing* const removing = &removing_.back();
    log::info("project is removed", {{"project", name}, {"why", why}});
    if (surroundings_.keep_versions) surroundings_.keep_versions(name, {});
    removing->project->stop(/*clients_are_gone=*/false, [this, removing, name, ended = std::move(ended)] {
        if (!find(name)) surroundings_.gateway.forget(name);
        // Destroyed later: this is a call of its own.
        removing->is_over = true;
        sweep_timer_.set(Milliseconds{0}, [this] {
            std::vector<StagedLibrary> copies;
            for (const Removing& candidate : removing_) {
                if (candidate.is_over) std::ranges::copy(candidate.project->copies(), std::back_inserter(copies));
            }
            removing_.remove_if([](const Removing& candidate) { return candidate.is_over; });
            for (const StagedLibrary& copy : copies) {
                if (!is_staged_copy_used(copy)) discard(copy);
            }
        });
        ended();
    });
}

}  // namespace berth::host::supervisor
