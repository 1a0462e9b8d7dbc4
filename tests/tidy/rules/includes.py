# SPDX-License-Identifier: MIT
"""Which file may include which."""

import re
from posixpath import dirname, normpath

from rule import Rule
from tree import CPP, Finding

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')

# A folder may include itself and what stands above its line; folders of one line do not know each other, except
# that a role may be made of other roles.
LAYERS = [
    ["base"],
    ["log"],
    ["config", "metrics", "db", "elf", "link", "tls", "control"],
    ["gateway/transport"],
    ["gateway", "worker", "supervisor", "pages"],
    ["roles", "testing"],
    ["cli"],
    ["main.cpp"],
]
# Who may know the transport, although it stands above others.
TRANSPORT_USERS = ["gateway", "roles"]

LEVEL = {folder: level for level, folders in enumerate(LAYERS) for folder in folders}


def includes(tree, path):
    """Line number, whether in quotes, and name of every include."""
    for number, line in tree.lines(path):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] == '"', match[2]


def layer_of(path):
    """The layer of a path below host/, or None."""
    parts = path.split("/")
    pair = "/".join(parts[:2])
    return pair if pair in LEVEL else parts[0] if parts[0] in LEVEL else None


def why_not(user, used):
    """Why a file of the layer `user` may not include one of `used`; None when it may."""
    if user == used:
        return None
    if used == "gateway/transport" and user not in TRANSPORT_USERS:
        return f"{user} may not know gateway/transport; only {' and '.join(TRANSPORT_USERS)} do"
    if LEVEL[used] < LEVEL[user]:
        return None
    order = " <- ".join(", ".join(folders) for folders in LAYERS)
    return f"{user} may not include from {used}; the layers are {order}"


def direction(tree):
    findings = []
    for path in tree.files(*CPP, under="host"):
        user = layer_of(path.removeprefix("host/"))
        if user is None:
            findings.append(Finding(path, 0, "lies in no layer; add its folder to LAYERS in tests/tidy/rules/includes.py"))
            continue
        for number, _, name in includes(tree, path):
            used = layer_of(name) if tree.has("host/" + name) else None
            reason = why_not(user, used) if used else None
            if reason:
                findings.append(Finding(path, number, f'"{name}": {reason}'))
    return findings


def quotes(tree):
    """Every include in quotes names a file of ours by its whole path; every other one is in angle brackets."""
    findings = []
    for path in tree.files(*CPP, under="host") + tree.files(*CPP, under="sdk/src"):
        for number, is_quoted, name in includes(tree, path):
            is_ours = tree.has("host/" + name) or tree.has("sdk/src/" + name)
            if is_quoted and not is_ours:
                findings.append(Finding(path, number, f'"{name}" is neither below host/ nor below sdk/src/'))
            elif is_ours and not is_quoted:
                findings.append(Finding(path, number, f"<{name}> is a file of ours and is written in quotes"))
    return findings


# Who may include a library: the beginnings of its headers, and the folders that know it.
LIBRARIES = {
    "toml++": (("toml++/", "toml.hpp"), ["host/config"]),
    "SQLiteCpp and SQLite": (("SQLiteCpp/", "sqlite3"), ["host/db"]),
    "libwebsockets": (("libwebsockets", "lws_config"), ["host/gateway/transport"]),
    "libuv": (("uv.h", "uv/"), ["host/gateway/transport"]),
    # sdk/src hashes the handshake's key, host/supervisor names staged libraries by their hash.
    "OpenSSL": (("openssl/",), ["host/gateway/transport", "host/tls", "host/supervisor/sha256.cpp", "sdk/src"]),
    "zlib": (("zlib.h",), ["sdk/src/wire"]),
    "Boost.DLL and the dynamic loader": (("boost/dll", "dlfcn.h", "link.h"), ["host/worker"]),
    "Boost.Beast and Boost.Asio": (("boost/beast", "boost/asio"), ["host/pages"]),
    "other parts of Boost": (("boost/",), ["host/worker", "host/pages"]),
    "CLI11": (("CLI/",), ["host/cli"]),
    "spdlog": (("spdlog/",), ["host/log"]),
    "prometheus-cpp": (("prometheus/",), ["host/metrics"]),
    "libseccomp": (("seccomp.h",), ["host/supervisor", "host/roles"]),
    "libsystemd": (("systemd/",), ["host/supervisor", "host/roles"]),
}


def libraries(tree):
    findings = []
    for path in tree.files(*CPP, under="host") + tree.files(*CPP, under="sdk"):
        for number, _, name in includes(tree, path):
            for library, (headers, homes) in LIBRARIES.items():
                is_home = any(path == home or path.startswith(home + "/") for home in homes)
                if name.startswith(headers) and not tree.has("host/" + name) and not is_home:
                    findings.append(Finding(path, number, f"<{name}>: only {', '.join(homes)} may include {library}"))
                    break
    return findings


STANDARD = re.compile(r"^[a-z_]+(\.h)?$")


def sdk_alone(tree):
    findings = []
    for path in tree.files(*CPP, under="sdk/include"):
        for number, is_quoted, name in includes(tree, path):
            where = normpath(dirname(path) + "/" + name) if is_quoted else "sdk/include/" + name
            is_own = where.startswith("sdk/include/berth/") and tree.has(where)
            if not is_own and (is_quoted or not STANDARD.match(name)):
                findings.append(Finding(path, number, f"<{name}>: an author has only the standard library and <berth/...>"))
    for path in tree.files(*CPP, under="sdk/src"):
        for number, _, name in includes(tree, path):
            if tree.has("host/" + name):
                findings.append(Finding(path, number, f'"{name}": the SDK knows nothing of the host'))
    return findings


def project_alone(tree):
    """Shipped projects and examples are an author's: nothing of the host, and the database by the SDK."""
    findings = []
    for root in ("plugins", "examples"):
        for path in tree.files(*CPP, under=root):
            for number, is_quoted, name in includes(tree, path):
                if is_quoted and not tree.has(f"{dirname(path)}/{name}"):
                    findings.append(Finding(path, number, f'"{name}" is not a file of this project'))
                elif tree.has("host/" + name) or tree.has("sdk/src/" + name) or name.startswith(("sqlite3", "SQLiteCpp/")):
                    findings.append(Finding(path, number, f"<{name}>: a project reaches the host, and its database, by <berth/...>"))
    return findings


RULES = [
    Rule(
        name="include_direction",
        claim="Includes of the host point one way through the layers.",
        check=direction,
        good={
            "host/base/log.hpp": "",
            "host/link/events.hpp": '#include "base/log.hpp"\n',
            "host/gateway/transport/transport.hpp": "",
            "host/gateway/door.hpp": '#include "link/events.hpp"\n#include "gateway/transport/transport.hpp"\n',
            "host/worker/pool.hpp": '#include "wire/frame.hpp"\n',
            "host/roles/worker/role.hpp": '#include "worker/pool.hpp"\n',
            "host/roles/gateway/role.cpp": '#include "gateway/door.hpp"\n#include "roles/worker/role.hpp"\n',
            "sdk/src/wire/frame.hpp": "",
        },
        bad={
            "host/base/log.cpp": '#include "base/log.hpp"\n#include "link/events.hpp"\n',
            "host/worker/pool.cpp": '\n#include "gateway/door.hpp"\n',
            "host/worker/wake.cpp": '#include "gateway/transport/transport.hpp"\n',
            "host/elf/notes.cpp": '#include "link/events.hpp"\n',
            "host/link/events.cpp": '#  include "roles/worker/role.hpp"\n',
            "host/odd/odd.cpp": "",
        },
        expected=["host/base/log.cpp:2", "host/elf/notes.cpp:1", "host/link/events.cpp:1", "host/odd/odd.cpp",
                  "host/worker/pool.cpp:2", "host/worker/wake.cpp:1"],
    ),
    Rule(
        name="include_quotes",
        claim="Files of ours are included in quotes by their path, all others in angle brackets.",
        check=quotes,
        good={"host/base/log.hpp": "", "host/base/log.cpp": '#include "base/log.hpp"\n#include <string>\n'},
        bad={"host/base/id.cpp": '#include "log.hpp"\n#include <base/log.hpp>\n'},
        expected=["host/base/id.cpp:1", "host/base/id.cpp:2"],
    ),
    Rule(
        name="include_libraries",
        claim="Each library is known to one folder.",
        check=libraries,
        good={
            "host/config/load.cpp": "#include <toml++/toml.h>\n",
            "host/log/outputs.cpp": "#include <spdlog/spdlog.h>\n",
            "host/link/record.cpp": '#include "link/record.hpp"\n',
            "host/worker/library.cpp": "#include <boost/dll/shared_library.hpp>\n",
            "sdk/src/wire/handshake.cpp": "#include <openssl/evp.h>\n#include <zlib.h>\n",
        },
        bad={
            "host/cli/run.cpp": "#include <CLI/CLI.hpp>\n#include <toml++/toml.h>\n",
            "host/gateway/client.cpp": "#include <openssl/ssl.h>\n#include <libwebsockets.h>\n#include <uv.h>\n",
            "host/pages/site.cpp": "#include <boost/beast/http.hpp>\n#include <boost/dll.hpp>\n#include <zlib.h>\n",
            "host/worker/context.cpp": "#include <sqlite3.h>\n#include <SQLiteCpp/Database.h>\n#include <spdlog/spdlog.h>\n",
            "sdk/include/berth/x.hpp": "#include <prometheus/metric_family.h>\n",
        },
        expected=["host/cli/run.cpp:2", "host/gateway/client.cpp:1", "host/gateway/client.cpp:2", "host/gateway/client.cpp:3",
                  "host/pages/site.cpp:2", "host/pages/site.cpp:3", "host/worker/context.cpp:1", "host/worker/context.cpp:2",
                  "host/worker/context.cpp:3", "sdk/include/berth/x.hpp:1"],
    ),
    Rule(
        name="sdk_stands_alone",
        claim="The SDK includes nothing of the host, and its headers nothing but the standard library.",
        check=sdk_alone,
        good={"sdk/include/berth/berth.h": "#include <stddef.h>\n", "host/base/log.hpp": "", "sdk/src/wire/mask.hpp": "",
              "sdk/include/berth/ext/db.h": '#include "../berth.h"\n#include <string_view>\n'},
        bad={"sdk/include/berth/berth.hpp": '#include "base/log.hpp"\n#include <berth/missing.h>\n',
             "sdk/include/berth/ext/db.h": '#include "../../../src/wire/mask.hpp"\n',
             "sdk/src/wire/frame.cpp": '#include "base/log.hpp"\n'},
        expected=["sdk/include/berth/berth.hpp:1", "sdk/include/berth/berth.hpp:2", "sdk/include/berth/ext/db.h:1",
                  "sdk/src/wire/frame.cpp:1"],
    ),
    Rule(
        name="projects_stand_alone",
        claim="Shipped projects and examples are written with the SDK alone.",
        check=project_alone,
        good={"plugins/chat/room.hpp": "", "host/base/log.hpp": "",
              "plugins/chat/chat.cpp": '#include <berth/berth.hpp>\n#include "room.hpp"\n#include <nlohmann/json.hpp>\n'},
        bad={"plugins/chat/chat.cpp": '#include "base/log.hpp"\n#include <base/log.hpp>\n#include <sqlite3.h>\n'},
        expected=["plugins/chat/chat.cpp:1", "plugins/chat/chat.cpp:2", "plugins/chat/chat.cpp:3"],
    ),
]
