// SPDX-License-Identifier: MIT
#include "worker/calls.hpp"

#include "worker/runtime.hpp"

namespace berth::host::worker {

ContextPtr Calls::context_of(ClientId id) const {
    return id == ClientId::global_service ? runtime_.service.context() : runtime_.clients.find(id);
}

void Calls::deliver(Post post) {
    if (!post.target) {
        answer(post.call, {BERTH_GONE, "the client has gone"});
        return;
    }
    CallItem refused;  // What `push` does not take it also destroys; keep what must be answered.
    refused.completion = post.call.completion;
    refused.then = post.call.then;
    switch (post.target->push(std::move(post.call), true)) {
        case Context::Push::queued: break;
        case Context::Push::wake: runtime_.schedule(std::move(post.target)); break;
        case Context::Push::closed: answer(refused, {BERTH_GONE, "the client has gone"}); break;
    }
}

void Calls::answer(CallItem& call, Outcome outcome) {
    if (call.completion) complete(*call.completion, outcome.status);
    if (call.then) call.then(std::move(outcome));
}

void Calls::complete(const Completion& completion, berth_status status) {
    ContextPtr context = context_of(completion.in);
    if (!context) return;
    CallItem call;
    call.procedure = completion.procedure;
    call.args.resize(2);
    call.args[0].type = call.args[1].type = BERTH_INTEGER;
    call.args[0].integer = completion.tag;
    call.args[1].integer = status;
    if (context->push(std::move(call)) == Context::Push::wake) runtime_.schedule(std::move(context));
}

void Calls::answer_gone(Item& item) {
    if (auto* call = std::get_if<CallItem>(&item)) answer(*call, {BERTH_GONE, "the context has ended"});
    if (auto* run = std::get_if<RunItem>(&item); run != nullptr && run->then)
        run->then({BERTH_GONE, "the global service has stopped"});
}

}  // namespace berth::host::worker
