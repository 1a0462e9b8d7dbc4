// SPDX-License-Identifier: MIT
#include "client/failure.hpp"

#include <algorithm>
#include <system_error>

#include "wire/utf8.hpp"

namespace berth::client::inner {

namespace {

template <std::size_t capacity>
void write_text(char (&to)[capacity], std::string_view text) noexcept {
    const std::string_view fits = wire::utf8_prefix(text, capacity - 1);
    *std::copy(fits.begin(), fits.end(), to) = '\0';
}

}  // namespace

Failure system_failure(berth_client_status status, std::string_view what, int error) {
    return {.status = status, .text = std::string{what} + ": " + std::generic_category().message(error)};
}

void write_error(berth_client_error* to, const Failure& failure) noexcept {
    if (to == nullptr) return;
    to->status = failure.status;
    to->http_status = failure.http_status;
    to->retry_after_ms = failure.retry_after ? failure.retry_after->count() : -1;
    write_text(to->text, failure.text);
}

void write_end(berth_client_end* to, const End& end) noexcept {
    if (to == nullptr) return;
    to->code = end.code;
    to->is_clean = end.is_clean ? 1 : 0;
    write_text(to->reason, end.reason);
    static const Failure none{.status = BERTH_CLIENT_OK, .text = {}};
    write_error(&to->error, end.failure ? *end.failure : none);
}

}  // namespace berth::client::inner
