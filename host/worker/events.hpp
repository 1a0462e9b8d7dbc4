// SPDX-License-Identifier: MIT
/// What the host does around each event and procedure of a context (SEMANTICS: five events).
#pragma once

#include "worker/boundary.hpp"
#include "worker/context.hpp"
#include "worker/executor.hpp"

namespace berth::host::worker {

struct Runtime;

/// [executor] throughout.
class Events {
public:
    explicit Events(Runtime& runtime) : runtime_(runtime) {}

    // A batch ends at whichever comes first; then the context waits behind the others.
    static constexpr int batch_items = 32;
    static constexpr Milliseconds batch_time{2};

    /// Runs a bounded batch of a context; answers whether it has more work.
    bool run_batch(Context& context, Executor& executor);
    /// Runs one item of the global service's context, or of a client's.
    void run(Context& context, Executor& executor, Item& item);
    /// A message of a client; as `run`, without an item.
    void message(Context& context, Executor& executor, const MessageView& message);
    /// One run of the global service.
    Verdict run_global_service(Context& context, Executor& executor);
    /// The stop event, then the end of the global context.
    void stop_global_service(Context& context, Executor& executor);
    /// Makes the globals of a context; the emission must have begun.
    Verdict create(Context& context, Executor& executor);

private:
    void connect(Context& context, Executor& executor);
    void refuse(Context& context, Executor& executor, std::uint16_t status, std::string_view reason);
    void call(Context& context, Executor& executor, CallItem& item);
    void end(Context& context, Executor& executor, const EndItem& item);
    void resume(Context& context, Executor& executor, ResumeItem& item);
    void part(Context& context, Executor& executor);
    void lost(Context& context, Executor& executor, const LostItem& item);
    /// Keeps what the context would go on with in another worker, where it has changed.
    void save(Context& context, Executor& executor);
    /// What the event sent leaves.
    void finish(Executor& executor);
    void destroy(Context& context, Executor& executor);
    [[nodiscard]] Hold hold() const;

    Runtime& runtime_;
};

}  // namespace berth::host::worker
