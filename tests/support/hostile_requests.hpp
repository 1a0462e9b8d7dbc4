// SPDX-License-Identifier: MIT
/// Requests that get in nowhere: wrong handshakes, pages of other sites, tricks with tokens, ways out of a directory.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/raw_client.hpp"

namespace berth::test {

/// A request and the status it must get.
struct RequestCase {
    std::string name;
    std::string bytes;
    int status;
};
std::ostream& operator<<(std::ostream& out, const RequestCase& request);
/// Handshakes with a server that has the project `echo` and pages of no kind.
std::vector<RequestCase> refused_requests();

/// The request with one part of its text replaced by another.
std::string with_replaced(std::string request, std::string_view from, std::string_view to);
/// A correct request for `/echo` with that many headers more.
std::string request_of_lines(std::size_t count);

/// Whether a page of that origin may connect to that host, where `origins = ["same-host", "app.example", "*.pages.example"]`.
struct OriginCase {
    std::string origin;
    std::string host;
    bool allowed;
};
std::vector<OriginCase> origin_cases();

/// Headers, and what follows the path, of somebody who has no token: it must not get in.
struct TokenCase {
    std::string name;
    Headers headers;
    std::string query{};
};
/// `user` and `token`: a line of the project's file of tokens.
std::vector<TokenCase> token_tricks(const std::string& user, const std::string& token);

/// Ways out of a directory: every climb in every spelling in front of every goal.
std::set<std::string> path_traversals();

}  // namespace berth::test
