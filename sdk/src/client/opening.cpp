// SPDX-License-Identifier: MIT
#include "client/opening.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "client/retry_after.hpp"
#include "wire/http_head.hpp"
#include "wire/refusal.hpp"
#include "wire/require.hpp"
#include "wire/utf8.hpp"

namespace berth::client::inner {

namespace {

/// A refusal's body beyond this is no sentence for a person.
constexpr std::size_t body_bytes_max = 512;

/// Interim answers (100, 103) before the one that counts; more are an endless answer.
constexpr int interim_answers_max = 8;

constexpr wire::HeadLimits answer_limits{.head_bytes_max = 16 * 1024, .headers_max = 128};

std::size_t short_body_bytes(const wire::Headers& headers) {
    const auto length = wire::find(headers, "content-length");
    if (!length || wire::count(headers, "transfer-encoding") != 0) return 0;
    std::size_t bytes = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), bytes);
    const bool is_number = error == std::errc{} && end == length->data() + length->size();
    return is_number && bytes <= body_bytes_max ? bytes : 0;
}

}  // namespace

Opening::Opening(const Settings& settings, const wire::Url& url, Random& random)
    : settings_(settings), reader_(answer_limits) {
    std::array<std::uint8_t, 16> nonce{};
    random.fill(nonce);
    const wire::ClientKey key = wire::client_key(nonce);
    key_.assign(key.data(), key.size());

    const std::vector<std::string_view> subprotocols{settings.subprotocols.begin(),
                                                     settings.subprotocols.end()};
    std::vector<wire::Header> headers;
    for (const auto& [name, value] : settings.headers) headers.push_back({name, value});
    auto request = wire::make_request({.authority = url.authority(),
                                       .target = url.target,
                                       .key = key_,
                                       .origin = settings.origin,
                                       .subprotocols = subprotocols,
                                       .headers = headers});
    wire::require(static_cast<bool>(request), "settings and URL were checked when they were read");
    request_ = std::move(*request);
}

std::size_t Opening::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (!awaits_body_ && !is_settled() && used < bytes.size()) {
        used += reader_.feed(bytes.substr(used));
        if (reader_.state() != wire::ReadState::reading) judge();
    }
    if (awaits_body_) {
        const std::string_view rest = bytes.substr(used, body_bytes_ - body_.size());
        body_ += rest;
        used += rest.size();
        if (body_.size() == body_bytes_) end_body();
    }
    return used;
}

void Opening::end() {
    if (awaits_body_) end_body();
    if (!is_settled()) {
        failure_ = {.status = BERTH_CLIENT_LOST,
                    .text = "the server ended the connection without an answer to the handshake"};
    }
}

void Opening::judge() {
    if (reader_.state() == wire::ReadState::refused) {
        failure_ = {.status = BERTH_CLIENT_PROTOCOL,
                    .text = "the answer to the handshake: " + std::string{reader_.error()}};
        return;
    }
    const wire::Response& response = reader_.response();
    if (response.status < 200 && response.status != 101) return skip();
    if (response.status != 101) return refuse(response);
    const std::vector<std::string_view> subprotocols{settings_.subprotocols.begin(),
                                                     settings_.subprotocols.end()};
    const auto agreement = wire::check_response(response, key_, subprotocols);
    if (!agreement) {
        failure_ = {.status = BERTH_CLIENT_PROTOCOL,
                    .text = "the answer to the handshake: " + std::string{agreement.error()}};
        return;
    }
    subprotocol_ = agreement->subprotocol;
    is_agreed_ = true;
}

void Opening::skip() {
    reader_ = wire::ResponseReader{answer_limits};
    if (++interim_answers_ <= interim_answers_max) return;
    failure_ = {.status = BERTH_CLIENT_PROTOCOL,
                .text = "the answer to the handshake: more than " + std::to_string(interim_answers_max) +
                        " interim answers before it (RFC 9110 §15.2)"};
}

void Opening::refuse(const wire::Response& response) {
    const std::string_view phrase =
        response.reason.empty() ? wire::reason_phrase(response.status) : response.reason;
    failure_ = {.status = BERTH_CLIENT_REFUSED,
                .text = "the server answered " + std::to_string(response.status) + " " + std::string{phrase},
                .http_status = response.status};
    if (const auto value = wire::find(response.headers, "retry-after"))
        failure_->retry_after = read_retry_after(*value, std::chrono::system_clock::now());
    body_bytes_ = short_body_bytes(response.headers);
    awaits_body_ = body_bytes_ != 0;
}

void Opening::end_body() {
    awaits_body_ = false;
    while (!body_.empty() && (body_.back() == '\n' || body_.back() == '\r')) body_.pop_back();
    const bool is_sentence =
        wire::is_valid_utf8(body_) && std::none_of(body_.begin(), body_.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '<';
        });
    if (is_sentence && !body_.empty()) failure_->text += ": " + body_;
}

}  // namespace berth::client::inner
