// SPDX-License-Identifier: MIT
#include "wire/permessage_deflate.hpp"

#include <algorithm>

namespace berth::wire {

namespace {

constexpr std::string_view extension_name = "permessage-deflate";
constexpr std::string_view server_no_context_takeover = "server_no_context_takeover";
constexpr std::string_view client_no_context_takeover = "client_no_context_takeover";
constexpr std::string_view server_max_window_bits = "server_max_window_bits";
constexpr std::string_view client_max_window_bits = "client_max_window_bits";

/// The parameters of one offer or answer as they stand there.
struct Written {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::optional<std::uint8_t> server_bits;
    std::optional<std::uint8_t> client_bits;
    bool has_client_bits = false;  ///< with or without a value
};

/// RFC 7692 §7.1.2: a decimal number from 8 to 15 without leading zeros.
std::optional<std::uint8_t> read_bits(std::string_view value) {
    if (value == "8") return std::uint8_t{8};
    if (value == "9") return std::uint8_t{9};
    if (value.size() != 2 || value[0] != '1' || value[1] < '0' || value[1] > '5') return std::nullopt;
    return static_cast<std::uint8_t>(10 + (value[1] - '0'));
}

/// Reads one parameter; false when it is unknown, or its value is wrong.
bool read(const ExtensionParameter& parameter, bool is_offer, Written& written) {
    const auto& [name, value] = parameter;
    if (name == server_no_context_takeover) {
        written.server_no_context_takeover = true;
        return !value;
    }
    if (name == client_no_context_takeover) {
        written.client_no_context_takeover = true;
        return !value;
    }
    if (name == server_max_window_bits) {
        if (value) written.server_bits = read_bits(*value);
        return written.server_bits.has_value();
    }
    if (name == client_max_window_bits) {
        written.has_client_bits = true;
        if (value) written.client_bits = read_bits(*value);
        // Without a value an offer says that one may be asked for (RFC 7692 §7.1.2.2).
        return value ? written.client_bits.has_value() : is_offer;
    }
    return false;
}

std::optional<Written> read(const Extension& extension, bool is_offer) {
    Written written;
    for (const ExtensionParameter& parameter : extension.parameters) {
        const auto is_same = [&](const ExtensionParameter& other) { return other.name == parameter.name; };
        if (std::count_if(extension.parameters.begin(), extension.parameters.end(), is_same) != 1) return std::nullopt;
        if (!read(parameter, is_offer, written)) return std::nullopt;
    }
    return written;
}

void add(std::string& to, std::string_view name) {
    to.append("; ").append(name);
}

void add(std::string& to, std::string_view name, std::uint8_t bits) {
    add(to, name);
    to.append("=").append(std::to_string(bits));
}

/// What is agreed, as the answer that says so. A client that cannot be asked for a smaller window has 15 bits here.
std::string answer_of(const DeflateParameters& agreed, bool names_server_bits) {
    std::string answer{extension_name};
    if (!agreed.server_takes_over_context) add(answer, server_no_context_takeover);
    if (!agreed.client_takes_over_context) add(answer, client_no_context_takeover);
    if (names_server_bits || agreed.server_window_bits < window_bits_max)
        add(answer, server_max_window_bits, agreed.server_window_bits);
    if (agreed.client_window_bits < window_bits_max)
        add(answer, client_max_window_bits, agreed.client_window_bits);
    return answer;
}

}  // namespace

std::optional<DeflateAgreement> accept_deflate(std::span<const Extension> offers, const DeflateParameters& wish) {
    for (const Extension& extension : offers) {
        if (extension.name != extension_name) continue;
        const auto offer = read(extension, true);
        if (!offer) continue;
        DeflateParameters agreed = wish;
        if (offer->server_no_context_takeover) agreed.server_takes_over_context = false;
        // A hint: whoever gives it does not need a context kept for it (RFC 7692 §7.1.1.2).
        if (offer->client_no_context_takeover) agreed.client_takes_over_context = false;
        if (offer->server_bits) agreed.server_window_bits = std::min(agreed.server_window_bits, *offer->server_bits);
        if (offer->client_bits) agreed.client_window_bits = std::min(agreed.client_window_bits, *offer->client_bits);
        if (!offer->has_client_bits) agreed.client_window_bits = window_bits_max;
        return DeflateAgreement{agreed, answer_of(agreed, offer->server_bits.has_value())};
    }
    return std::nullopt;
}

std::string deflate_offer(const DeflateParameters& wish) {
    std::string offer{extension_name};
    if (!wish.server_takes_over_context) add(offer, server_no_context_takeover);
    if (!wish.client_takes_over_context) add(offer, client_no_context_takeover);
    if (wish.server_window_bits < window_bits_max) add(offer, server_max_window_bits, wish.server_window_bits);
    if (wish.client_window_bits < window_bits_max) {
        add(offer, client_max_window_bits, wish.client_window_bits);
    } else {
        add(offer, client_max_window_bits);
    }
    return offer;
}

Outcome<DeflateParameters, std::string_view> check_deflate(std::span<const Extension> answer,
                                                           const DeflateParameters& wish) {
    const auto refuse = [](std::string_view sentence) { return sentence; };
    if (answer.size() != 1 || answer.front().name != extension_name) {
        return refuse("extension that was not asked for (RFC 6455 §4.1)");
    }
    const auto written = read(answer.front(), false);
    if (!written) return refuse("permessage-deflate with a parameter that it may not have (RFC 7692 §7.1)");
    DeflateParameters agreed = wish;
    if (written->server_no_context_takeover) agreed.server_takes_over_context = false;
    if (written->client_no_context_takeover) agreed.client_takes_over_context = false;
    agreed.server_window_bits = written->server_bits.value_or(window_bits_max);
    if (written->client_bits) agreed.client_window_bits = std::min(agreed.client_window_bits, *written->client_bits);
    if (agreed.server_window_bits > wish.server_window_bits ||
        (!wish.server_takes_over_context && !written->server_no_context_takeover)) {
        return refuse("permessage-deflate without a limit that was asked for (RFC 7692 §7.1)");
    }
    return agreed;
}

}  // namespace berth::wire
