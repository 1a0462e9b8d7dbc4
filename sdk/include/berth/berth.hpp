// SPDX-License-Identifier: MIT
//
// The C++ face of the plugin interface: header-only, C++20, compiled into the project, so that none
// of its types crosses to the host. The contract in lifecycle order is in the SDK's README.
//
//   class Hello final : public berth::Project {
//   public:
//       using Project::Project;
//       void message(berth::ClientId from, berth::Message m) override { send(from, m); }
//   };
//   BERTH_PROJECT(Hello)
#ifndef BERTH_BERTH_HPP
#define BERTH_BERTH_HPP

#if __cplusplus < 202002L
#  error "Berth needs C++20: compile with -std=c++20"
#endif

#include "cpp/export.hpp"

#endif
