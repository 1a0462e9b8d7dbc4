// SPDX-License-Identifier: MIT
#include "supervisor/intake.hpp"

#include <algorithm>
#include <csignal>
#include <optional>

#include "base/foreign_json.hpp"
#include "base/log.hpp"
#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

/// A probe prints one line; a library that prints on its own is not listened to for ever.
constexpr std::size_t probe_output_max = 1u << 20;

void append_bounded(std::string& text, std::string_view bytes) {
    text.append(bytes.substr(0, probe_output_max - std::min(probe_output_max, text.size())));
}

/// The last line that is an object: whatever the library printed while it was loaded comes before.
std::optional<nlohmann::json> manifest_in(std::string_view output) {
    while (!output.empty()) {
        const std::size_t end = output.find_last_not_of('\n');
        if (end == std::string_view::npos) break;
        const std::size_t begin = output.find_last_of('\n', end);
        const std::size_t start = begin == std::string_view::npos ? 0 : begin + 1;
        auto parsed = parse_foreign(output.substr(start, end - start + 1));
        if (parsed.is_object()) return parsed;
        output = output.substr(0, start);
    }
    return std::nullopt;
}

void could_be_better(const PluginFile& file, const std::string& finding) {
    log::warning("library could be better",
                 {{"project", file.likely_name()}, {"file", file.path.filename().string()}, {"finding", finding}});
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

}  // namespace

std::string sentence_about(const std::string& project, const std::string& file, const std::filesystem::path& copy,
                           std::string_view said) {
    const std::string about = "project " + project + ": ";
    for (const std::string& known : {about, file + ": ", copy.filename().string() + ": "})
        if (said.starts_with(known)) said.remove_prefix(known.size());
    return about + file + ": " + std::string(said);
}

std::string Library::project_name() const {
    if (!file.name.empty()) return file.name;
    const std::string declared = text_of(manifest, "name");
    return declared.empty() ? file.stem : declared;
}

std::uint64_t Library::flags() const { return static_cast<std::uint64_t>(number_of(manifest, "flags")); }

struct Intake::Job {
    explicit Job(Timers& timers) : limit(timers) {}

    PluginFile file{};
    Order order = Order::own;
    Then then;
    Result<StagedLibrary> staged = fail(Code::failed, "not staged");
    Result<std::vector<std::string>> judged;
    std::unique_ptr<Child> probe;
    Timer limit;
    std::string output;
    std::string errors;
    bool is_begun = false;
    std::optional<Result<Library>> result;
};

Intake::Intake(Timers& timers, Background& background, Children& children, Options options)
    : timers_(timers), background_(background), children_(children), options_(std::move(options)) {}
Intake::~Intake() = default;

void Intake::take(const PluginFile& file, Order order, Then then) {
    auto job = std::make_shared<Job>(timers_);
    job->file = file;
    job->order = order;
    job->then = std::move(then);
    jobs_.push_back(std::move(job));
    begin_more();
}

void Intake::begin_more() {
    const auto jobs = jobs_;
    for (const auto& job : jobs) {
        if (active_ >= options_.at_once) return;
        if (job->is_begun) continue;
        job->is_begun = true;
        ++active_;
        stage_job(job);
    }
}

void Intake::stage_job(const std::shared_ptr<Job>& job) {
    background_.run(
        [job, options = options_] {
            job->staged = stage(job->file.path, options.staging, job->file.name);
            if (!job->staged || !options.inspect) return;
            job->judged = options.inspect(*job->staged, job->file.likely_name());
        },
        [this, job, alive = std::weak_ptr<const bool>(alive_)] {
            if (alive.expired()) return;
            if (!job->staged) return refuse(job, job->staged.error());
            if (!job->judged) return refuse(job, job->judged.error());
            for (const std::string& warning : *job->judged) could_be_better(job->file, warning);
            probe(job);
        });
}

void Intake::probe(const std::shared_ptr<Job>& job) {
    Job* const raw = job.get();  // The child is the job's: a shared pointer in its callbacks would be a circle.
    auto child = children_.start(
        {.process = "probe", .arguments = {"__probe", job->staged->path.string(), job->file.likely_name()}, .project = job->file.likely_name()},
        {.message = {},
         .exited = [this, weak = std::weak_ptr<Job>(job)](const ExitStatus& status) {
             if (const auto shared = weak.lock()) probed(shared, status);
         },
         .output = [raw](std::string_view bytes) { append_bounded(raw->output, bytes); },
         .errors = [raw](std::string_view bytes) { append_bounded(raw->errors, bytes); }});
    if (!child) return refuse(job, child.error());
    job->probe = std::move(*child);
    job->limit.set(options_.probe_limit, [this, raw] {
        raw->probe->signal(SIGKILL, "did not load within " + in_words(options_.probe_limit));
    });
}

void Intake::probed(const std::shared_ptr<Job>& job, const ExitStatus& status) {
    job->limit.cancel();
    const std::unique_ptr<Child> ended = std::move(job->probe);
    const std::string said = trimmed(job->errors);
    if (!status.is_clean()) {
        // The probe's own refusal is a sentence on its standard error, with code 1.
        const bool is_refusal = status.signal == 0 && status.code == 1 && !said.empty();
        if (is_refusal) return refuse(job, {Code::invalid, said.substr(said.find_last_of('\n') + 1)});
        return refuse(job, {Code::invalid, "trying it in a process of its own: it " + in_words(status) +
                                               (said.empty() ? "" : "; it printed: " + said.substr(0, 500))});
    }
    auto manifest = manifest_in(job->output);
    if (!manifest) {
        return refuse(job, {Code::invalid, "trying it in a process of its own: it ended before it was loaded"});
    }
    if (const std::string remark = text_of(*manifest, "remark"); !remark.empty()) could_be_better(job->file, remark);
    finish(job, Library{job->file, *job->staged, std::move(*manifest)});
}

void Intake::refuse(const std::shared_ptr<Job>& job, const Error& error) {
    const std::filesystem::path copy = job->staged ? job->staged->path : job->file.path;
    finish(job, fail(error.code, sentence_about(job->file.likely_name(), job->file.path.filename().string(), copy, error.message)));
}

void Intake::finish(const std::shared_ptr<Job>& job, Result<Library> result) {
    --active_;
    if (!result && job->staged && !(options_.is_used && options_.is_used(*job->staged))) discard(*job->staged);
    job->result = std::move(result);
    const std::weak_ptr<const bool> alive = alive_;
    while (const auto answerable = extract_answerable()) {
        answerable->then(std::move(*answerable->result));
        if (alive.expired()) return;
    }
    begin_more();
}

bool Intake::comes_before(const Job& earlier, const Job& decided) {
    if (earlier.order == Order::newcomers && decided.order == Order::newcomers) return true;
    const std::string likely = earlier.file.likely_name();
    return earlier.file.path == decided.file.path || likely == decided.file.likely_name() ||
           (decided.result && *decided.result && (*decided.result)->project_name() == likely);
}

std::shared_ptr<Intake::Job> Intake::extract_answerable() {
    for (auto job = jobs_.begin(); job != jobs_.end(); ++job) {
        if (!(*job)->result) continue;
        if (std::any_of(jobs_.begin(), job, [&](const auto& earlier) { return comes_before(*earlier, **job); })) continue;
        const auto found = *job;
        jobs_.erase(job);
        return found;
    }
    return nullptr;
}

}  // namespace berth::host::supervisor
