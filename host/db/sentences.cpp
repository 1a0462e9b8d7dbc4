// SPDX-License-Identifier: MIT
#include "db/sentences.hpp"

#include <sqlite3.h>

#include <berth/duration.hpp>

namespace berth::host::db {
namespace {

std::string sentence_of(int extended_code, std::string_view detail, Milliseconds busy) {
    const std::string own(detail);
    if (extended_code == SQLITE_BUSY_SNAPSHOT)
        return "another connection has written since this transaction began reading, so it can not write any "
               "more: "
               "roll it back and begin it as write";
    switch (extended_code & 0xff) {
        case SQLITE_BUSY:
            return "locked by another connection for " + format_duration(busy.count()) +
                   ": keep write transactions short, or raise database.busy";
        case SQLITE_LOCKED:
            return "locked by an unfinished statement of this connection (" + own +
                   "): reset or finalize it first";
        case SQLITE_FULL:
            return "there is no space left on its disk (" + own + "): free some; nothing was written";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return "the file is damaged or no database (" + own + "): put a backup in its place";
        case SQLITE_READONLY:
            return "the file or its directory can not be written (" + own + "): give the host's user access";
        case SQLITE_CANTOPEN:
            return "can not be opened (" + own +
                   "): check that its directory exists and that the host's user has access";
        case SQLITE_IOERR:
            return "reading or writing the file failed (" + own + "): check the disk";
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return "not allowed (" + own + ")";
        default:
            return own;
    }
}

}  // namespace

Code code_of(int extended_code) {
    switch (extended_code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Code::timed_out;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return Code::permission;
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
            return Code::system;
        case SQLITE_ERROR:
        case SQLITE_RANGE:
        case SQLITE_MISUSE:
        case SQLITE_TOOBIG:
        case SQLITE_MISMATCH:
            return Code::invalid;
        default:
            return Code::failed;
    }
}

Failure failure_of(int extended_code, std::string_view detail, std::string_view file, Milliseconds busy) {
    return {extended_code, "database " + std::string(file) + ": " + sentence_of(extended_code, detail, busy)};
}

}  // namespace berth::host::db
