// SPDX-License-Identifier: MIT
#include "roles/doctor/try_out.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "base/foreign_json.hpp"
#include "elf/search.hpp"
#include "link/slot_table.hpp"
#include "roles/doctor/trial_plan.hpp"
#include "supervisor/crash_report.hpp"
#include "supervisor/exit_status.hpp"
#include "supervisor/spawn.hpp"

namespace berth::host::roles {
namespace {

using elf::Finding;
using nlohmann::json;

constexpr std::size_t report_bytes_max = 1u << 20;
constexpr std::size_t output_bytes_max = 64u << 10;
constexpr std::size_t findings_max = 100;

/// A directory of its own, removed with all that is in it.
class Scratch {
public:
    static Result<Scratch> create() {
        std::string name = (std::filesystem::temp_directory_path() / "berth-doctor-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) return fail_errno("make a directory for the trial", errno);
        return Scratch(name);
    }
    Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit Scratch(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

/// A variable of the environment, for as long as a child is started.
class Inherited {
public:
    Inherited(const char* name, const std::string& value) : name_(name) {
        if (const char* const before = std::getenv(name)) before_ = before;
        ::setenv(name, value.c_str(), 1);
    }
    ~Inherited() {
        if (before_) {
            ::setenv(name_, before_->c_str(), 1);
        } else {
            ::unsetenv(name_);
        }
    }
    Inherited(const Inherited&) = delete;
    Inherited& operator=(const Inherited&) = delete;

private:
    const char* const name_;
    std::optional<std::string> before_;
};

/// Without caches of the threads malloc's figures are exact: what is not given back shows at once. What is freed is filled
/// with a pattern, so that following it crashes. Other allocators pass over the variable.
constexpr const char* strict_malloc = "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1:glibc.malloc.perturb=165:glibc.malloc.check=3";

/// The part of glibc that ends a process which frees what is not its own to free; empty where there is none, or another
/// library stands in for malloc.
std::string malloc_checker() {
#if defined(BERTH_SANITIZED)
    return {};
#else
    const elf::SearchSettings settings = elf::SearchSettings::of_this_process();
    if (!settings.preload.empty()) return {};
    const elf::Library nobody;
    const auto found = elf::Search(settings).find("libc_malloc_debug.so.0", {.library = &nobody});
    return found ? found->string() : std::string();
#endif
}

struct Pipe {
    UniqueFd read, write;
    static Result<Pipe> create() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
        return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    }
};

/// Whether it is what the probe prints: whoever reads it does not look again.
bool is_description(const json& value) {
    return value.is_object() && value.contains("name") && value["name"].is_string() && value.contains("version") &&
           value["version"].is_string() && value.contains("interval_ms") && value["interval_ms"].is_number_integer() &&
           value.contains("procedures") && value["procedures"].is_array();
}

/// Reads what the process says and notices its end.
class Listener {
public:
    Listener(const supervisor::Spawned& child, Pipe& report, Pipe& output, const TryOut::Options& options)
        : child_(child), report_(report), output_(output), limit_(options.limit), on_step_(options.on_step) {}

    TryOut result{};
    bool has_ended = false;        ///< by its own plan
    bool is_late = false;
    std::string step = "loading the library";
    std::string printed;

    void listen() {
        last_ = Clock::now();
        while (report_.read || output_.read) {
            std::array<pollfd, 2> polled{{{report_.read.get(), POLLIN, 0}, {output_.read.get(), POLLIN, 0}}};
            const auto left = std::chrono::duration_cast<Milliseconds>(last_ + limit_ - Clock::now());
            if (left.count() <= 0) {
                is_late = true;
                return;
            }
            const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(left.count()) + 1);
            if (ready < 0 && errno != EINTR) return;
            if (ready <= 0) continue;
            if (polled[0].revents != 0) take(report_.read, [this](std::string_view bytes) { take_report(bytes); });
            if (polled[1].revents != 0)
                take(output_.read, [this](std::string_view bytes) {
                    printed.append(bytes.substr(0, output_bytes_max - std::min(output_bytes_max, printed.size())));
                });
            // Whatever it started may hold the pipes open.
            if (is_gone()) return;
        }
    }

private:
    [[nodiscard]] bool is_gone() const {
        pollfd ended{child_.pidfd.get(), POLLIN, 0};
        pollfd more{report_.read.get(), POLLIN, 0};
        return ::poll(&ended, 1, 0) > 0 && (!report_.read || ::poll(&more, 1, 0) <= 0);
    }

    template <class Taken>
    void take(UniqueFd& fd, Taken&& taken) {
        std::array<char, 4096> bytes;
        const ssize_t got = ::read(fd.get(), bytes.data(), bytes.size());
        if (got > 0) return taken(std::string_view(bytes.data(), static_cast<std::size_t>(got)));
        if (got == 0 || errno != EINTR) fd.reset();
    }

    /// The library could write here, too: lines that are none of ours are passed over, and there is a bound.
    void take_report(std::string_view bytes) {
        reported_ += bytes.size();
        if (reported_ > report_bytes_max) return;
        pending_.append(bytes);
        for (std::size_t end; (end = pending_.find('\n')) != std::string::npos; pending_.erase(0, end + 1))
            take_line(parse_foreign(std::string_view(pending_).substr(0, end)));
    }

    void take_line(const json& line) {
        if (!line.is_object()) return;
        last_ = Clock::now();
        if (const auto words = line.find("step"); words != line.end() && words->is_string()) {
            step = *words;
            if (on_step_) on_step_(step);
        }
        if (const auto found = line.find("finding"); found != line.end() && result.findings.size() < findings_max)
            if (auto finding = finding_in(*found)) result.findings.push_back(std::move(*finding));
        if (line.contains("project") && is_description(line["project"])) result.project = line["project"];
        if (line.contains("events") && line["events"].is_object()) result.events = line["events"];
        if (line.contains("end")) has_ended = true;
    }

    const supervisor::Spawned& child_;
    Pipe& report_;
    Pipe& output_;
    const Milliseconds limit_;
    const std::function<void(const std::string& step)> on_step_;
    TimePoint last_;
    std::string pending_;
    std::size_t reported_ = 0;
};

/// Ends the process, and all that it started, and answers how it ended. It may have closed its pipes and stayed.
supervisor::ExitStatus end(const supervisor::Spawned& child, bool& is_late, Milliseconds limit) {
    pollfd gone{child.pidfd.get(), POLLIN, 0};
    is_late = is_late || ::poll(&gone, 1, static_cast<int>(limit.count())) == 0;
    if (is_late) ::kill(-child.pid, SIGKILL);
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    ::kill(-child.pid, SIGKILL);
    supervisor::ExitStatus ended;
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    ended.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return ended;
}

/// Where globals end, a crash is most often of them.
std::string remedy_of_crash(const std::string& place) {
    const std::string tools = "build it with -g -fsanitize=address,undefined, or run the host in a debugger with isolation \"none\"";
    if (place != link::name_of(link::SlotEvent::context_destroy)) return tools;
    return "free there the globals that context_create made for this context, once and no others; " + tools;
}

/// "message", or the step when no event ran.
std::string place_of(link::SlotTable& slots, const Listener& listener) {
    const auto report = supervisor::report_of(slots.running(), supervisor::Ending::unmarked);
    const auto& events = report.culprits.empty() ? report.interrupted : report.culprits;
    return events.empty() ? listener.step : events.front().event;
}

std::string last_words(std::string printed) {
    while (!printed.empty() && (printed.back() == '\n' || printed.back() == ' ')) printed.pop_back();
    constexpr std::size_t words_max = 300;
    if (printed.empty()) return "";
    return "; it printed: " + (printed.size() > words_max ? printed.substr(printed.size() - words_max) : printed);
}

void judge_end(const supervisor::ExitStatus& ended, link::SlotTable& slots, Listener& listener, Milliseconds limit) {
    const std::string place = place_of(slots, listener);
    auto& findings = listener.result.findings;
    if (listener.is_late) {
        findings.push_back({"hangs", Finding::Severity::error,
                            "did not come back from " + place + " within " + std::to_string(limit.count()) + " ms" +
                                last_words(listener.printed),
                            "return from every event; long work belongs on a thread of its own, or into the global service"});
    } else if (ended.signal != 0) {
        findings.push_back({"crash", Finding::Severity::error,
                            "its process was " + supervisor::in_words(ended) + " in " + place + last_words(listener.printed),
                            remedy_of_crash(place)});
    } else if (!listener.has_ended || ended.code != 0) {
        findings.push_back({"exits", Finding::Severity::error,
                            "left its process with code " + std::to_string(ended.code) + " in " + place + last_words(listener.printed),
                            "never call exit: return a status, with a sentence by set_error"});
    }
}

}  // namespace

Result<TryOut> try_out(const std::filesystem::path& library, const std::string& project, const TryOut::Options& options) {
    auto scratch = Scratch::create();
    if (!scratch) return tl::unexpected(scratch.error());
    std::error_code error;
    const auto copy = scratch->path() / library.filename();
    std::filesystem::copy_file(library, copy, error);
    if (!error) std::filesystem::create_directory(scratch->path() / "data", error);
    if (error) return fail(Code::system, "copy the library for the trial: " + error.message());

    TrialPlan plan{.library = copy,
                   .project = project,
                   .directory = scratch->path() / "data",
                   .path = options.path.empty() ? "/" + project : options.path,
                   .subprotocols = options.subprotocols,
                   .messages = options.messages,
                   .series_limit = options.limit,
                   .stop_limit = options.limit * 3 / 4};
    if (plan.messages.empty()) plan.messages = {"hello", "{}", ""};
    auto slots = link::SlotTable::create();
    auto report = Pipe::create();
    auto output = Pipe::create();
    if (!slots) return tl::unexpected(slots.error());
    if (!report) return tl::unexpected(report.error());
    if (!output) return tl::unexpected(output.error());
    const auto child = [&] {
        const Inherited strict("GLIBC_TUNABLES", strict_malloc);
        std::optional<Inherited> checked;
        if (const std::string checker = malloc_checker(); !checker.empty()) checked.emplace("LD_PRELOAD", checker);
        return supervisor::spawn(
            {.program = options.program,
             .arguments = {"berth", "__trial", text_of(plan)},
             .fds = {-1, output->write.get(), output->write.get(), report->write.get(), slots->fd()}});
    }();
    if (!child) return tl::unexpected(child.error());
    report->write.reset();
    output->write.reset();

    Listener listener(*child, *report, *output, options);
    listener.listen();
    const auto ended = end(*child, listener.is_late, options.limit);
    judge_end(ended, *slots, listener, options.limit);
    return std::move(listener.result);
}

}  // namespace berth::host::roles
