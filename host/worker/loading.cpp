// SPDX-License-Identifier: MIT
#include "worker/loading.hpp"

#include "base/log.hpp"
#include "worker/library.hpp"
#include "worker/runtime.hpp"

namespace berth::host::worker {

namespace {

std::string prefix_of(std::string_view project, const std::filesystem::path& library) {
    return "project " + std::string(project) + ": " + library.filename().string() + ": ";
}

}  // namespace

Result<Manifest> read_project(const std::filesystem::path& library, std::string_view project) {
    const std::string prefix = prefix_of(project, library);
    auto entry = load_library(library);
    if (!entry) return fail(prefix, std::move(entry).error());
    auto table = Boundary::enter(*entry);
    if (!table) return fail(prefix, std::move(table).error());
    auto manifest = Manifest::read(*table, project);
    if (!manifest) return fail(prefix, std::move(manifest).error());
    return manifest;
}

Result<Description> load_project(Runtime& runtime, Executor& executor) {
    const WorkerSettings& settings = runtime.settings;
    auto manifest = settings.table == nullptr ? read_project(settings.library, settings.project)
                                              : Manifest::read(settings.table, settings.project);
    if (!manifest) return tl::unexpected(std::move(manifest).error());

    Project& project = runtime.project;
    project.manifest = std::move(*manifest);
    project.flags = settings.flags.value_or(project.manifest.flags);
    project.interval = settings.interval.value_or(project.manifest.interval);
    const Verdict verdict = runtime.boundary.load(executor, &project.object);
    if (!verdict.is_ok())
        return fail(Code::invalid, prefix_of(settings.project, settings.library) + "load: " + verdict.error);

    project.resume = runtime.boundary.resume_table(executor);
    Description description = description_of(project.manifest);
    description.resumes = project.resumes();
    description.interval = project.interval;
    description.flags = project.flags;
    log::info("project loaded", {{"project", settings.project},
                                 {"generation", settings.generation},
                                 {"run", settings.run},
                                 {"version", description.version},
                                 {"procedures", description.procedures.size()},
                                 {"interval_ms", description.interval.count()}});
    return description;
}

Description description_of(const Manifest& manifest) {
    Description description{.name = manifest.name,
                            .version = manifest.version,
                            .abi_minor = manifest.abi_minor,
                            .interval = manifest.interval,
                            .flags = manifest.flags,
                            .resumes = false,
                            .procedures = {}};
    for (const auto& [name, procedure] : manifest.procedures.all())
        description.procedures.push_back({.name = name,
                                          .signature = procedure.signature.text(),
                                          .is_for_administrators = (procedure.flags & BERTH_PROCEDURE_ADMIN) != 0});
    return description;
}

}  // namespace berth::host::worker
