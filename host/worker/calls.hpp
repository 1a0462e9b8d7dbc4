// SPDX-License-Identifier: MIT
/// Procedures on their way between contexts, and what becomes of them.
#pragma once

#include "worker/context.hpp"
#include "worker/emission.hpp"

namespace berth::host::worker {

struct Runtime;

/// [any thread]
class Calls final : public PostSink {
public:
    explicit Calls(Runtime& runtime) : runtime_(runtime) {}

    /// The context where `id` says, or null. 0: the global service's, as long as it accepts.
    [[nodiscard]] ContextPtr context_of(ClientId id) const;

    /// Puts the procedure into its context's queue, where room was reserved; when the context has ended
    /// meanwhile, it is answered as gone.
    void deliver(Post post) override;

    /// The procedure ended, or never will run: runs its completion, tells the administrator.
    void answer(CallItem& call, Outcome outcome);
    /// The procedure named in a completion, to be run with (tag, status); beyond the bounds of the inbox, for
    /// the host has promised it. A context that has gone drops it.
    void complete(const Completion& completion, berth_status status);
    /// Answers what waits in a context that runs nothing any more.
    void answer_gone(Item& item);

private:
    Runtime& runtime_;
};

}  // namespace berth::host::worker
