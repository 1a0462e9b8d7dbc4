// SPDX-License-Identifier: MIT
#include "supervisor/rehearsal.hpp"

#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

constexpr Milliseconds stop_limit{2'000};

}  // namespace

Rehearsal::Rehearsal(Timers& timers, WorkerPlan plan, std::filesystem::path scratch)
    : timers_(timers), plan_(std::move(plan)), scratch_(std::move(scratch)), over_(timers) {
    plan_.in_gateway = false;
    plan_.init["data_directory"] = scratch_.string();
    plan_.init["database"]["file"] = (scratch_ / "data.sqlite").string();
}

Rehearsal::~Rehearsal() {
    worker_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(scratch_, ignored);
}

void Rehearsal::start(const Worker::Starter& starter, Done done) {
    done_ = std::move(done);
    auto worker = Worker::create(timers_, starter, plan_, [this](const WorkerEnd&) { ended(); });
    if (!worker) {
        refusal_ = worker.error();
        return ended();
    }
    worker_ = std::move(*worker);
    worker_->load([this](const Result<nlohmann::json>& loaded) {
        // Its process died or hung; a refusal of its own comes with Code::failed and a living process.
        if (!loaded && !worker_->is_alive()) refusal_ = loaded.error();
        if (!loaded && loaded.error().code == Code::timed_out) refusal_ = loaded.error();
        worker_->stop(stop_limit);
    });
}

void Rehearsal::ended() {
    over_.set(Milliseconds{0}, [this] {
        const Done done = done_;
        done(refusal_ ? Result<void>(tl::unexpected<Error>(*refusal_)) : Result<void>());
    });
}

}  // namespace berth::host::supervisor
