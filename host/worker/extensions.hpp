// SPDX-License-Identifier: MIT
/// The tables of the extensions that this host offers.
#pragma once

#include <berth/ext/config.h>
#include <berth/ext/db.h>
#include <berth/ext/request.h>
#include <berth/ext/topics.h>

namespace berth::host::worker {

const berth_config* config_extension();
const berth_db* database_extension();
const berth_request* request_extension();
const berth_topics* topics_extension();

}  // namespace berth::host::worker
