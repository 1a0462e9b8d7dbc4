// SPDX-License-Identifier: MIT
// The process that runs a library for `berth doctor --run`: what it does to a process happens to this one.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "link/slot_table.hpp"
#include "roles/doctor/examine.hpp"
#include "roles/doctor/static_memory.hpp"
#include "roles/doctor/trial_gateway.hpp"
#include "roles/doctor/trial_plan.hpp"
#include "roles/doctor/trial_remarks.hpp"
#include "roles/doctor/trial_witness.hpp"
#include "roles/worker/messages.hpp"
#include "worker/boundary.hpp"
#include "worker/library.hpp"
#include "worker/loading.hpp"

namespace berth::host::roles {
namespace {

using elf::Finding;
using nlohmann::json;

constexpr std::size_t series = 8;  ///< the first is not judged: caches fill
constexpr std::size_t series_min = 4;  ///< however long they take
constexpr std::size_t bytes_noticed = 32;
constexpr Milliseconds late_call_patience{500};
/// Between two reports of the same step: what is reported has a bound.
constexpr Milliseconds same_step_pause{20};

void report(const json& line) {
    const std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t written = ::write(trial_report_fd, text.data() + done, text.size() - done);
        if (written <= 0) std::_Exit(1);  // Nobody listens any more.
        done += static_cast<std::size_t>(written);
    }
}
void step(const std::string& words) { report({{"step", words}}); }
void found(std::string id, Finding::Severity severity, std::string sentence, std::string remedy) {
    report({{"finding", json_of(Finding{std::move(id), severity, std::move(sentence), std::move(remedy)})}});
}

/// Waits for what comes through a callback.
template <class T, class Begin>
T answer_of(Begin&& begin) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    begin([promise](T value) { promise->set_value(std::move(value)); });
    return future.get();
}

std::set<std::string> entries_of(const char* directory) {
    std::set<std::string> names;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) names.insert(entry.path().filename());
    return names;
}

/// Descriptors, and what they are.
std::map<std::string, std::string> descriptors() {
    std::map<std::string, std::string> open;
    for (const std::string& name : entries_of("/proc/self/fd")) {
        std::error_code gone;  // The one that reads the directory.
        const auto target = std::filesystem::read_symlink("/proc/self/fd/" + name, gone);
        if (!gone) open[name] = target.string();
    }
    return open;
}

/// What is left after a while: threads take a moment to end.
std::size_t threads_left(std::size_t before) {
    for (int i = 0; i < 100; ++i) {
        if (entries_of("/proc/self/task").size() <= before) return 0;
        std::this_thread::sleep_for(Milliseconds(10));
    }
    return entries_of("/proc/self/task").size() - before;
}

/// Bytes that malloc has given out, when the last client's context is gone, too; 0 where a sanitizer has its own.
std::size_t heap_bytes() {
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (int i = 0; i < 20; ++i) {
        const struct mallinfo2 info = ::mallinfo2();
        least = std::min(least, info.uordblks + info.hblkhd);
        std::this_thread::sleep_for(Milliseconds(1));
    }
    return least;
}

/// Without "project NAME: FILE: ", which the reader of the findings knows.
std::string without_prefix(std::string sentence, const TrialPlan& plan) {
    for (const std::string& prefix : {"project " + plan.project + ": ", plan.library.filename().string() + ": "})
        if (sentence.starts_with(prefix)) sentence.erase(0, prefix.size());
    return sentence;
}

class Trial {
public:
    Trial(TrialPlan plan, link::SlotTable& slots) : plan_(std::move(plan)), slots_(slots) {}

    /// Answers whether the library got as far as serving clients.
    bool run() {
        step("loading the library");
        if (!enter()) return false;
        std::thread([] {}).join();  // The thread sanitizer has one of its own, from the first one on.
        threads_before_ = entries_of("/proc/self/task").size();
        descriptors_before_ = descriptors();
        worker::WorkerSettings settings;
        settings.project = plan_.project;
        settings.library = plan_.library;
        settings.data_directory = plan_.directory;
        settings.marks_crashes = true;
        settings.watcher = &witness_;
        worker_ = std::make_unique<worker::Worker>(settings, slots_);
        gateway_ = std::make_unique<TrialGateway>(*worker_);
        worker_->attach(*gateway_);
        const std::size_t threads_of_host = entries_of("/proc/self/task").size();
        const bool has_started = start();
        if (has_started) serve();
        stop(has_started);
        if (has_started)
            for (const Finding& remark : remarks_on(witness_)) report({{"finding", json_of(remark)}});
        if (has_started && entries_of("/proc/self/task").size() > threads_of_host && is_called_late()) {
            worker_->detach();
            static_cast<void>(worker_.release());  // Whoever still calls must not meet its end.
        } else {
            worker_.reset();
            if (has_started) look_at_what_is_left();
        }
        report({{"events", witness_.figures()}});
        return has_started;
    }

private:
    bool enter() {
        const auto entry = worker::load_library(plan_.library);
        if (!entry) return refused("load-library", entry.error().message, "mend what the dynamic loader says");
        step("its entry");
        const auto table = worker::Boundary::enter(*entry);
        if (!table) return refused("entry-fails", table.error().message, "do nothing in the entry but return the table");
        const auto manifest = worker::Manifest::judge(*table, plan_.project);
        if (!manifest) return refused(manifest.error().id, manifest.error().error.message, "mend the project's table");
        if (const auto remark = interval_finding(*manifest)) report({{"finding", json_of(*remark)}});
        plan_.project = manifest->name;
        report({{"project", json_of(worker::description_of(*manifest))}});
        return true;
    }

    bool start() {
        step("load");
        const auto loaded =
            answer_of<Result<worker::Description>>([&](auto then) { worker_->load(std::move(then)); });
        if (!loaded) return refused("load-fails", loaded.error().message, "see what it wants; its data directory is empty here");
        step("the first run of its global service");
        const auto started = answer_of<Result<worker::Outcome>>([&](auto then) { worker_->start(std::move(then)); });
        if (!started) return refused("start-fails", started.error().message, "see what it wants; its data directory is empty here");
        // It must not run between two looks at its memory.
        std::ignore = answer_of<Result<void>>([&](auto then) { worker_->pause(std::move(then)); });
        return true;
    }

    bool refused(const std::string& id, const std::string& sentence, const std::string& remedy) {
        report({{"finding", json_of(finding_of(id, Finding::Severity::error, without_prefix(sentence, plan_), remedy))}});
        return false;
    }

    /// Two clients at once, then many one after the other.
    void serve() {
        const StaticMemory statics(plan_.library);
        const TimePoint begun = Clock::now();
        if (!visit(first_, true)) return;
        const Clock::duration visit_time = Clock::now() - begun;
        const auto before = statics.take();
        const bool is_second_there = visit(second_, true);
        if (is_second_there) witness_.look_at_globals();
        const auto after = statics.take();
        judge_statics(statics.changed(before, after));
        step("the first client's disconnection");
        if (is_there_[first_]) gateway_->leaves(first_);
        repeat(visit_time);
        if (witness_.share_globals())
            found("shared-globals", Finding::Severity::warning, "gave two clients the same globals",
                  "make globals of its own for each context in context_create");
        // The second client is still there: the stop of the project ends it.
    }

    /// A client that comes and says everything, each event a step of its own; `is_told`: by its name, and a refusal, too.
    /// Answers whether it was let in.
    bool visit(ClientId client, bool is_told) {
        const auto begins = [&](const char* event) { is_told ? step(event) : step_of_series(); };
        begins("a client's connection");
        const auto verdict = gateway_->connect(client, plan_.path, plan_.subprotocols);
        is_there_[client] = verdict.status == 0;
        if (verdict.status != 0) {
            if (is_told)
                found("refuses-clients", Finding::Severity::note,
                      "refused the trial's client with status " + std::to_string(verdict.status) +
                          (verdict.reason.empty() ? "" : " (" + verdict.reason.substr(0, 200) + ")") + "; its events were not tried",
                      "give a path and a sub-protocol that it accepts with --path and --subprotocol");
            return false;
        }
        for (const std::string& message : plan_.messages) {
            begins("a client's message");
            is_there_[client] = gateway_->says(client, link::Kind::text, message);
            if (!is_there_[client]) return true;
        }
        begins("a client's message");
        is_there_[client] = gateway_->says(client, link::Kind::buffer, std::string("\0\1\2\3", 4));
        return true;
    }

    void judge_statics(const std::set<std::string>& names) {
        if (names.empty()) return;
        std::string list;
        std::size_t shown = 0;
        for (const std::string& name : names) {
            if (++shown > 3) break;
            list += (list.empty() ? "" : ", ") + name;
        }
        if (names.size() > 3) list += " and " + std::to_string(names.size() - 3) + " more";
        found("shared-state", Finding::Severity::warning,
              "changes static variables while a client's events run (" + list + "): all clients share them, on several threads",
              "keep what belongs to a client in its globals, and what all share in the global service or the database");
    }

    void step_of_series() {
        if (Clock::now() - told_ < same_step_pause) return;
        told_ = Clock::now();
        step("clients that come and go");
    }

    /// Series of clients that come, speak and go; what grows with each of them is kept by the project. Where one takes as
    /// long as `visit_time`, fewer come than planned.
    void repeat(Clock::duration visit_time) {
        const TimePoint end = Clock::now() + plan_.series_limit;
        const auto affordable = plan_.series_limit / (series * std::max<Clock::duration>(visit_time, Clock::duration(1)));
        const auto rounds = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(affordable), 1, std::max<std::uint64_t>(plan_.rounds, 1));
        std::vector<std::size_t> bytes, threads, open;
        for (auto* const figures : {&bytes, &threads, &open}) figures->reserve(series);  // It would be in the next figure.
        std::uint32_t number = 0;
        for (std::size_t i = 0; i < series && (i < series_min || Clock::now() < end); ++i) {
            for (std::uint64_t round = 0; round < rounds; ++round) {
                const ClientId client = make_client_id({.incarnation = 0, .reuse = ++number, .thread = 0, .slot = 3});
                if (!visit(client, false)) return;
                step_of_series();
                if (is_there_[client]) gateway_->leaves(client);
                is_there_.erase(client);
            }
            step_of_series();
            bytes.push_back(heap_bytes());
            threads.push_back(entries_of("/proc/self/task").size());
            open.push_back(descriptors().size());
        }
        const auto kept_by_each = [rounds](const std::vector<std::size_t>& figures) { return least_growth(figures) / rounds; };
        // What the host keeps of a series weighs more where that is one client alone.
        const std::size_t kept = kept_by_each(bytes);
        if (bytes.front() != 0 && kept * rounds >= bytes_noticed * std::max<std::uint64_t>(plan_.rounds, 1))
            found("memory-grows", Finding::Severity::warning,
                  "keeps about " + std::to_string(kept) + " bytes for every client that came and went",
                  "free in context_destroy what a client's events made, or bound what is kept");
        if (kept_by_each(threads) > 0)
            found("threads-grow", Finding::Severity::warning, "keeps a thread for every client that came and went",
                  "end and join in context_destroy what context_create started");
        if (kept_by_each(open) > 0)
            found("descriptors-grow", Finding::Severity::warning, "keeps a descriptor for every client that came and went",
                  "close in context_destroy what a client's events opened");
    }

    /// Of the series that are judged.
    static std::size_t least_growth(const std::vector<std::size_t>& figures) {
        std::size_t least = std::numeric_limits<std::size_t>::max();
        for (std::size_t i = 1; i < figures.size(); ++i)
            least = std::min(least, figures[i] > figures[i - 1] ? figures[i] - figures[i - 1] : 0);
        return least;
    }

    void stop(bool has_started) {
        step("its stop");
        const auto stopped = answer_of<Result<void>>([&](auto then) { worker_->stop(plan_.stop_limit, std::move(then)); });
        if (!has_started || stopped) return;
        found("stop-fails", Finding::Severity::error, without_prefix(stopped.error().message, plan_),
              "return from every event when its work is done");
        // Now, for the end of the worker waits for whoever does not come back.
        if (const std::size_t contexts = witness_.contexts_left(); contexts > 0)
            found("contexts-left", Finding::Severity::error,
                  std::to_string(contexts) + (contexts == 1 ? " context was" : " contexts were") + " not destroyed then",
                  "return from every event");
    }

    bool is_called_late() {
        step("looking for calls after unload");
        if (!witness_.is_called_after_unload(late_call_patience)) return false;
        found("late-call", Finding::Severity::warning, "calls the host on a thread of its own after unload has returned",
              "end and join in unload what load started; nothing of the host's is there any more");
        return true;
    }

    void look_at_what_is_left() {
        step("looking at what it has left");
        if (const std::size_t threads = threads_left(threads_before_); threads > 0)
            found("threads-left", Finding::Severity::warning,
                  "left " + std::to_string(threads) + (threads == 1 ? " thread" : " threads") + " running when it had been unloaded",
                  "end and join in unload what load started");
        std::string list;
        std::size_t left = 0;
        for (const auto& [name, target] : descriptors()) {
            if (descriptors_before_.contains(name)) continue;
            if (++left <= 3) list += (list.empty() ? "" : ", ") + target;
        }
        if (left > 0)
            found("descriptors-left", Finding::Severity::warning,
                  "left " + std::to_string(left) + (left == 1 ? " descriptor" : " descriptors") + " open when it had been unloaded (" + list + ")",
                  "close in unload what load opened");
    }

    TrialPlan plan_;
    link::SlotTable& slots_;
    TrialWitness witness_;
    std::unique_ptr<worker::Worker> worker_;
    std::unique_ptr<TrialGateway> gateway_;
    std::map<ClientId, bool> is_there_;
    TimePoint told_;  ///< when a step of the series was reported last
    const ClientId first_ = make_client_id({.incarnation = 0, .reuse = 0, .thread = 0, .slot = 1});
    const ClientId second_ = make_client_id({.incarnation = 0, .reuse = 0, .thread = 0, .slot = 2});
    std::size_t threads_before_ = 0;
    std::map<std::string, std::string> descriptors_before_;
};

}  // namespace

int run_trial(const std::string& text) {
    std::signal(SIGPIPE, SIG_IGN);
    log::set_level(log::Level::error);
    log::set_sink([](const log::Line&) {});
    auto plan = plan_of(text);
    auto slots = link::SlotTable::open(UniqueFd(trial_slots_fd));
    if (!plan || !slots) return 2;
    Trial(std::move(*plan), *slots).run();
    step("the end of its process");
    report({{"end", true}});
    return 0;
}

}  // namespace berth::host::roles
